"""A network as limits count it: an address of IPv4, a /64 of IPv6. Pure.

A household has a whole /64 of IPv6 (RFC 6177), so counting its single addresses limits nobody.
"""

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

IPV6_PREFIX = 64


def network_of(address: str | None) -> str:
    """Return the network of *address*; what is no address (a test, a socket file) is itself."""
    try:
        read: IPv4Address | IPv6Address = ip_address((address or "").partition("%")[0])
    except ValueError:
        return address or ""
    if isinstance(read, IPv6Address):
        if read.ipv4_mapped is not None:
            return str(read.ipv4_mapped)
        return str(IPv6Network((read, IPV6_PREFIX), strict=False))
    return str(read)
