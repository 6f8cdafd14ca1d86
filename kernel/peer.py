"""Find the network address by which a request is counted for rate limits."""

from collections.abc import Mapping
from ipaddress import IPv6Address, ip_address
from typing import Any

UNKNOWN = "unknown"
"""Key under which all requests without an address are counted together."""

_SITE = 128 - 64
"""Low bits of an IPv6 address, which its holder chooses freely."""


def address_of(scope: Mapping[str, Any]) -> str:
    """Return the address of an ASGI request or socket: an IPv4 address, or an IPv6 /64 network.

    Headers of trusted proxies were applied before by `solvefirst.http.door`; others are ignored.
    """
    client = scope.get("client")
    return normal_address(client[0]) if client else UNKNOWN


def normal_address(text: str) -> str:
    """Normalise an address for counting; an invalid one becomes `UNKNOWN`."""
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return UNKNOWN
    if not isinstance(address, IPv6Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return f"{IPv6Address(int(address) >> _SITE << _SITE)}/64"
