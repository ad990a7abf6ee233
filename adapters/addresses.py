"""Where this process may connect to: registered bases, and the network ranges behind their names.

A host name says nothing about the machine behind it, so two questions are asked: is the URL inside a
registered base, and is every address of its host one that this base may have. Ranges: the special-purpose
registries of IANA (RFC 6890 and its updates), plus the metadata addresses that clouds answer on.
"""

import ipaddress
import re
import socket
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Self

import httpx2

from adapters.ports import AddressRefused

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolver = Callable[[str, int], Sequence[str]]

_PORTS = {"http": 80, "https": 443}

# Proxies and servers read an encoded dot or slash differently, which would make the prefix check void.
_AMBIGUOUS = re.compile(r"%2e|%2f|%5c|%00|%25|\\|//|/\.{1,2}(?:/|$)", re.IGNORECASE)
_HOST = re.compile(r"[a-z0-9.\-]{1,253}|[0-9a-f:.]{2,45}")

_INSIDE = tuple(  # what a base registered as private may stand on
    ipaddress.ip_network(network)
    for network in (
        "127.0.0.0/8",
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "100.64.0.0/10",
        "::1/128",
        "fc00::/7",
    )
)
_NEVER = tuple(  # what answers with credentials or instructions of the machine itself
    ipaddress.ip_network(network)
    for network in ("100.100.100.200/32", "fd00:ec2::254/128", "fd20:ce::254/128")
)
_NOT_PUBLIC = tuple(
    ipaddress.ip_network(network)
    for network in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
        *(
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.31.196.0/24",
            "192.52.193.0/24",
            "192.88.99.0/24",
            "192.168.0.0/16",
        ),
        *(
            "192.175.48.0/24",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/4",
            "240.0.0.0/4",
        ),
        "168.63.129.16/32",  # the wire server of Azure stands in a public range
        *("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20"),
    )
)
_GLOBAL_IPV6 = ipaddress.ip_network(
    "2000::/3"
)  # mapped, NAT64, local and multicast addresses all lie outside


@dataclass(frozen=True, slots=True)
class Base:
    """One registered address: origin, path prefix, and whether it may stand inside our own network."""

    scheme: str
    host: str
    port: int
    path: str
    private: bool = False

    @property
    def origin(self) -> str:
        """Give `scheme://host:port`."""
        return f"{self.scheme}://{_bracketed(self.host)}:{self.port}"

    def holds(self, url: httpx2.URL) -> bool:
        """Tell whether a URL lies inside: the same origin, and the path itself or below it."""
        same = (url.scheme, url.host, url.port or _PORTS.get(url.scheme)) == (
            self.scheme,
            self.host,
            self.port,
        )
        return same and (url.path == self.path or url.path.startswith(self.path.rstrip("/") + "/"))


@dataclass(frozen=True, slots=True)
class Policy:
    """The registered bases; what lies outside them is refused."""

    bases: tuple[Base, ...]

    @classmethod
    def of(cls, *bases: str, private: Iterable[str] = ()) -> Self:
        """Register bases by URL, and those of `private` as standing inside our own network.

        A plain-http base is good for private loopback only. Raises `AddressRefused` otherwise.
        """
        return cls(
            (*(base(url, private=False) for url in bases), *(base(url, private=True) for url in private))
        )

    def base_of(self, url: httpx2.URL) -> Base:
        """Return the registered base a URL lies in."""
        for registered in self.bases:
            if registered.holds(url):
                return registered
        raise AddressRefused(f"{_shown(url)} is not inside a registered base; register this origin and path")


@dataclass(frozen=True, slots=True)
class Target:
    """A host resolved once: connect to one of these addresses and to no other."""

    base: Base
    addresses: tuple[Address, ...]


def parse(url: str) -> httpx2.URL:
    """Read an absolute URL, strictly: what two parsers could read in two ways is refused."""
    parsed = _parsed(url)
    if parsed is None or parsed.scheme not in _PORTS or not _HOST.fullmatch(parsed.raw_host.decode()):
        raise AddressRefused("the address is not an absolute https URL; correct it where it is registered")
    if parsed.userinfo or parsed.fragment:
        raise AddressRefused(f"an address at {parsed.host} carries a user name or a fragment; remove it")
    path = url.partition("//")[2].partition("?")[0].partition("/")[2]
    if _AMBIGUOUS.search(f"/{path}"):
        raise AddressRefused(
            f"the path of an address at {parsed.host} holds dots, slashes or escapes in disguise"
        )
    return parsed


def _parsed(url: str) -> httpx2.URL | None:
    if not url.isascii() or " " in url:
        return None
    try:
        return httpx2.URL(url)
    except httpx2.InvalidURL:
        return None


def base(url: str, *, private: bool) -> Base:
    """Read a base to register; plain http is good for a private one only, and later for loopback only."""
    parsed = parse(url)
    if parsed.query:
        raise AddressRefused(f"the base at {parsed.host} carries a query; register origin and path only")
    if parsed.scheme == "http" and not private:
        raise AddressRefused(
            f"the base at {parsed.host} is plain http; use https, or register a private loopback origin"
        )
    return Base(
        scheme=parsed.scheme,
        host=parsed.host,
        port=parsed.port or _PORTS[parsed.scheme],
        path=parsed.path.rstrip("/") or "/",
        private=private,
    )


def resolve(url: str | httpx2.URL, policy: Policy, *, resolver: Resolver | None = None) -> Target:
    """Look the host of a registered URL up, once, and refuse it where one address is out of bounds."""
    parsed = parse(url) if isinstance(url, str) else url
    return resolve_base(policy.base_of(parsed), resolver=resolver)


def resolve_base(base: Base, *, resolver: Resolver | None = None) -> Target:
    """Look the host of a base up, once, and check every address of it."""
    texts = [base.host] if _is_address(base.host) else (resolver or system_resolver)(base.host, base.port)
    addresses = tuple(dict.fromkeys(ipaddress.ip_address(text) for text in texts))
    if not addresses:
        raise AddressRefused(f"{base.host} has no address; check the name")
    for address in addresses:
        check_address(address, base)
    return Target(base=base, addresses=addresses)


def check_address(address: Address, base: Base) -> None:
    """Refuse an address that a base may not stand on; one bad address spoils the name."""
    if base.scheme == "http" and not address.is_loopback:
        raise AddressRefused(f"{base.host} is plain http and not on loopback; use https")
    if _within(address, _NEVER):
        raise AddressRefused(
            f"{base.host} points to a metadata service of the machine; no base may stand there"
        )
    if is_public(address) or (base.private and _within(address, _INSIDE)):
        return
    advice = "no base may stand there" if base.private else "register the origin as private if that is meant"
    raise AddressRefused(f"{base.host} points to an address that is not public; {advice}")


def is_public(address: Address) -> bool:
    """Tell whether an address is an ordinary one of the internet."""
    if address.version == 6 and address not in _GLOBAL_IPV6:
        return False
    return not _within(address, _NOT_PUBLIC)


def system_resolver(host: str, port: int) -> Sequence[str]:
    """Ask the operating system for the addresses of a host; raises `OSError`."""
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def _within(address: Address, networks: Iterable[ipaddress.IPv4Network | ipaddress.IPv6Network]) -> bool:
    return any(address in network for network in networks)


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _shown(url: httpx2.URL) -> str:
    """Name a URL's origin only: its path and query may hold ids."""
    return f"{url.scheme}://{_bracketed(url.host)}:{url.port or _PORTS.get(url.scheme, 0)}"
