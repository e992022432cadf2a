"""Who is asking, by address: the peer, or whom a trusted proxy names."""

import re
from collections.abc import Sequence
from functools import cache
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from aiohttp import web

from bot.sidecar.parts import SETTINGS

UNKNOWN = "0.0.0.0"  # noqa: S104 - nobody's address
FORWARDED = ("X-Forwarded-For", "Forwarded", "X-Real-IP")

_WITH_PORT = re.compile(r"([0-9.]+):[0-9]+|\[(.+)\](?::[0-9]+)?")
"""As some proxies name a caller: 192.0.2.1:4711, [2001:db8::1]:4711."""

Network = IPv4Network | IPv6Network


def client_address(request: web.Request) -> str:
    """Return the caller's address.

    X-Forwarded-For is read from its end, for as long as the hop before is a trusted proxy; what
    stands further left anybody may have written.
    """
    trusted = networks(request.app[SETTINGS].trusted_proxies)
    address = request.remote or UNKNOWN
    hops = ",".join(request.headers.getall("X-Forwarded-For", [])).split(",")
    while is_within(address, trusted) and hops:
        named = hops.pop().strip()
        if with_port := _WITH_PORT.fullmatch(named):
            named = with_port[1] or with_port[2]
        if not _is_address(named):
            break
        address = named
    return address


def is_local(request: web.Request) -> bool:
    """Tell whether the caller is on this machine; a proxy on it is not the caller."""
    address = client_address(request)
    if address == request.remote and any(name in request.headers for name in FORWARDED):
        return False
    return ip_address(address).is_loopback


def bucket_of(address: str) -> str:
    """Return what limits count as one caller: an IPv6 customer owns a whole /64."""
    parsed = ip_address(address)
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is None:
        return str(ip_network((parsed, 64), strict=False).network_address)
    return str(parsed)


@cache
def networks(values: tuple[str, ...]) -> tuple[Network, ...]:
    return tuple(ip_network(value, strict=False) for value in values)


def is_within(address: str, among: Sequence[Network]) -> bool:
    return _is_address(address) and any(ip_address(address) in network for network in among)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
