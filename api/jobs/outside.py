"""Post to subscribers: into this process, or over HTTP to public addresses only."""

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Mapping, Sequence
from importlib.metadata import version
from typing import Protocol

import httpx

from api.transport import Transport, Unreachable

LOCAL = "local:"
"""Prefix of the address of a subscriber in this process; a path follows."""

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]


class AddressRefused(Exception):  # noqa: N818 - a verdict on an address
    """The address is not allowed."""


class Poster(Protocol):
    """Port that posts one signed body to a subscriber."""

    async def post(
        self, url: str, headers: Mapping[str, str], body: bytes, *, trusted: bool
    ) -> int:
        """Post and return the status of the answer.

        Raises:
            Unreachable: there was no answer.
            AddressRefused: the address is not allowed.
        """
        ...


async def resolve(host: str, port: int) -> Sequence[str]:
    """Resolve a host by the system's resolver.

    Raises:
        OSError: it has no address.
    """
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(info[4][0]) for info in found))


class Outside:
    """Posts over HTTP, and to a subscriber in this process.

    A subscriber's host is resolved here, and the connection is made to the checked address, so that
    a second DNS answer cannot change it. Redirects are not followed, and an answer's body is not
    read.

    Args:
        here: connects to the app of this process, for `local:` addresses of trusted subscribers.
        private: allow private addresses for all subscribers, for tests or a closed network.
        timeout: seconds for one post.
        lookup: resolves a host.
    """

    def __init__(
        self,
        here: Transport | None = None,
        *,
        private: bool = False,
        timeout: float = 10.0,
        lookup: Resolve = resolve,
    ) -> None:
        self._here = here
        self._private = private
        self._timeout = timeout
        self._lookup = lookup
        self._client: httpx.AsyncClient | None = None

    async def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    async def post(
        self, url: str, headers: Mapping[str, str], body: bytes, *, trusted: bool
    ) -> int:
        """Post and return the status; see `Poster`."""
        try:
            async with asyncio.timeout(self._timeout):
                if url.startswith(LOCAL):
                    if not trusted:
                        raise AddressRefused("not one of our own processes")
                    return await self._post_here(url.removeprefix(LOCAL), headers, body)
                private = trusted or self._private
                return await self._post_outside(url, headers, body, private=private)
        except TimeoutError as late:
            raise Unreachable(f"no answer in {self._timeout:g} s") from late

    async def _post_here(self, path: str, headers: Mapping[str, str], body: bytes) -> int:
        if self._here is None:
            raise Unreachable("the subscriber is not in this process")
        return (await self._here.send("POST", path, headers, body)).status

    async def _post_outside(
        self, url: str, headers: Mapping[str, str], body: bytes, *, private: bool
    ) -> int:
        target = httpx.URL(url)
        if target.scheme not in {"http", "https"} or not target.host:
            raise AddressRefused("not an http address")
        port = target.port or (443 if target.scheme == "https" else 80)
        try:
            addresses = await self._lookup(target.host, port)
        except OSError as error:
            raise Unreachable("the host has no address") from error
        if not addresses:
            raise Unreachable("the host has no address")
        if not (private or all(map(is_public, addresses))):
            raise AddressRefused("not a public address")
        if self._client is None:
            self._client = httpx.AsyncClient(trust_env=False, timeout=self._timeout)
        request = self._client.build_request(
            "POST",
            target.copy_with(host=addresses[0]),
            headers={"User-Agent": _AGENT, **headers, "Host": target.netloc.decode("ascii")},
            content=body,
            extensions={"sni_hostname": target.host},
        )
        try:
            response = await self._client.send(request, stream=True)
        except httpx.TransportError as error:
            raise Unreachable(type(error).__name__) from error
        await response.aclose()
        return response.status_code


_AGENT = f"SolveFirst/{version('solvefirst')}"
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
"""Prefix of NAT64: a gateway translates it to the IPv4 address in the last 32 bits."""

_NOT_ROUTED = (
    ipaddress.ip_network("::/96"),  # formerly IPv4 inside IPv6; hosts may still map it
    ipaddress.ip_network("64:ff9b:1::/48"),  # NAT64 of a local network
    ipaddress.ip_network("2001::/32"),  # Teredo hides an IPv4 address in the last bits
)


def is_public(address: str) -> bool:
    """Return whether an IP address is public.

    An address that contains an IPv4 address (mapped, 6to4, NAT64) counts as that.
    """
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        if any(ip in network for network in _NOT_ROUTED):
            return False
        carried = ip.ipv4_mapped or ip.sixtofour
        if ip in _NAT64:
            carried = ipaddress.IPv4Address(int(ip) & 0xFFFF_FFFF)
        if carried is not None:
            return carried.is_global and not carried.is_multicast
    return ip.is_global and not ip.is_multicast
