"""Where this app may be told to call: addresses in settings, none of which may turn our credentials on ourselves.

Addresses that come from outside are held against these (`ProviderSession`, the security service's redirect).
"""

from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Annotated

from pydantic import AfterValidator, HttpUrl, StringConstraints

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})
# Where clouds hand out credentials and settings to whoever asks from inside; all else of this kind is link-local.
_OF_THE_PLATFORM = frozenset({"168.63.129.16", "100.100.100.200", "[fd00:ec2::254]", "metadata.google.internal"})


def _may_be_called(url: HttpUrl) -> HttpUrl:
    """The messages hold nothing of the address, which may hold a password."""
    if url.username or url.password:
        raise ValueError("must not hold a user or a password: there are settings for those")
    if url.scheme != "https" and url.host not in _LOOPBACK:
        raise ValueError("must begin with https://, for credentials go there")
    if _is_forbidden((url.host or "").rstrip(".").lower()):
        raise ValueError("must not be an address of the machine or of its platform")
    return url


def _is_forbidden(host: str) -> bool:
    """`HttpUrl` has written every spelling of an IPv4 address (0xA9FEA9FE, 2852039166) in the usual way."""
    if host in _OF_THE_PLATFORM:
        return True
    try:
        address = ip_address(host.strip("[]"))
    except ValueError:
        return False
    return _is_out_of_bounds(_plain(address))


def _plain(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """An IPv4 address also where it is written as one of IPv6."""
    if isinstance(address, IPv6Address):
        return address.ipv4_mapped or address.sixtofour or address
    return address


def _is_out_of_bounds(address: IPv4Address | IPv6Address) -> bool:
    if str(address) in _OF_THE_PLATFORM:
        return True
    return address.is_link_local or address.is_multicast or address.is_unspecified


ServiceUrl = Annotated[HttpUrl, AfterValidator(_may_be_called)]
"""https, or this very machine; private networks are allowed: SAP may well be in one."""

ApiPath = Annotated[str, StringConstraints(pattern=r"^(/[A-Za-z0-9_][A-Za-z0-9_.~-]*)*$")]
"""Appended to an address: it can lead nowhere else."""
