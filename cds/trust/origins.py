"""Where a client's data may be read: its registered FHIR origins with their path prefixes."""

from collections.abc import Iterable
from urllib.parse import urlsplit

from adapters.ports import AddressRefused

_PORTS = {"http": 80, "https": 443}


def check_origin(url: str, origins: Iterable[str]) -> None:
    """Raise `AddressRefused` where a FHIR base is not under one of the registered origins."""
    if not any(_under(url, origin) for origin in origins):
        raise AddressRefused("fhirServer is not among the FHIR origins registered for this client")


def _under(url: str, origin: str) -> bool:
    asked, allowed = urlsplit(url), urlsplit(origin)
    same = _place(asked.scheme, asked.hostname, asked.port) == _place(
        allowed.scheme, allowed.hostname, allowed.port
    )
    prefix = allowed.path.rstrip("/")
    clean = "/../" not in f"{asked.path}/" and "%2e" not in asked.path.lower()
    return same and clean and (asked.path == prefix or asked.path.startswith(f"{prefix}/"))


def _place(scheme: str, host: str | None, port: int | None) -> tuple[str, str, int]:
    return scheme, (host or "").rstrip(".").lower(), port or _PORTS.get(scheme, 0)
