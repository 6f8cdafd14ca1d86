"""The network address that a request counts for."""

from collections.abc import Mapping
from ipaddress import IPv6Address, ip_address
from typing import Any

UNKNOWN = "unknown"
"""What requests without an address count for, all together."""

_SITE = 128 - 64
"""Low bits of an IPv6 address that its holder chooses freely."""


def address_of(scope: Mapping[str, Any]) -> str:
    """Tell the address of an ASGI request or socket: an IPv4 address, or an IPv6 network of /64.

    Headers of trusted proxies were applied before (`solvefirst.door`), and no other is believed.
    """
    client = scope.get("client")
    return normal_address(client[0]) if client else UNKNOWN


def normal_address(text: str) -> str:
    """Bring an address to the form that is counted; what is no address counts as unknown."""
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return UNKNOWN
    if not isinstance(address, IPv6Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return f"{IPv6Address(int(address) >> _SITE << _SITE)}/64"
