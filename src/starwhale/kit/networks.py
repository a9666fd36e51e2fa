"""What of the network counts as one caller."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address

# Whoever has an IPv6 address commonly has the whole network of 2^64 around it.
_NETWORK = 64


def network_of(address: str) -> str:
    """What counts as one caller: an address of IPv4, or a network of IPv6."""
    try:
        found = ip_address(address)
    except ValueError:
        return address[:100]
    if isinstance(found, IPv6Address):
        mapped = found.ipv4_mapped
        return str(mapped) if mapped else f"{int(found) >> _NETWORK:x}::"
    return str(found)
