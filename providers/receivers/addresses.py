"""Which addresses may be spoken to at all: public ones, whatever way they are written.

Nothing is decided by how a host is spelt: decimal, octal, short and mapped forms all come out
of the resolver as the address that a connection would be made to, and that one is looked at.
"""

import ipaddress
from typing import Final

NOT_PUBLIC_4: Final = tuple(
    ipaddress.IPv4Network(block)
    for block in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # carriers' own
        "127.0.0.0/8",  # this machine
        "169.254.0.0/16",  # this link, and the clouds' metadata
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocols
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # relays of 6to4
        "192.168.0.0/16",  # private
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # many at once
        "240.0.0.0/4",  # reserved, and everybody
    )
)
PUBLIC_6: Final = ipaddress.IPv6Network("2000::/3")
"""All that is handed out to anybody; loopback, links, private, mapped, NAT64 lie outside."""

NOT_PUBLIC_6: Final = tuple(
    ipaddress.IPv6Network(block)
    for block in (
        "2001::/23",  # protocols; Teredo, which carries an IPv4 address within
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: an IPv4 address within
        "3fff::/20",  # documentation
    )
)


def is_public(address: str) -> bool:
    """Tell whether a resolved address lies in the public internet."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv4Address):
        return found.is_global and not any(found in block for block in NOT_PUBLIC_4)
    inside = found in PUBLIC_6 and not any(found in block for block in NOT_PUBLIC_6)
    return inside and found.is_global and found.scope_id is None
