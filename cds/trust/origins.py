"""Where a client's data may be read: its registered FHIR origins with their path prefixes."""

from collections.abc import Iterable
from urllib.parse import SplitResult, unquote, urlsplit

from adapters.ports import AddressRefused

_PORTS = {"http": 80, "https": 443}


def check_origin(url: str, origins: Iterable[str]) -> None:
    """Raise `AddressRefused` where a FHIR base is not under one of the registered origins."""
    asked = _parts(url)
    if asked is None or not any(_under(asked, origin) for origin in origins):
        raise AddressRefused("fhirServer is not among the FHIR origins registered for this client")


def _parts(url: str) -> SplitResult | None:
    """Return a URL that can mean one place only, or None: no user, no dot segments, nothing encoded twice."""
    if not url.isascii() or not url.isprintable() or any(mark in url for mark in " \\@?#"):
        return None
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    path = unquote(parts.path)
    plain = (
        "%" not in path and "\\" not in path and "//" not in path and path.count("/") == parts.path.count("/")
    )
    return parts if plain and not {".", ".."} & set(path.split("/")) else None


def _under(asked: SplitResult, origin: str) -> bool:
    allowed = urlsplit(origin)
    prefix = allowed.path.rstrip("/")
    return _place(asked) == _place(allowed) and (asked.path == prefix or asked.path.startswith(f"{prefix}/"))


def _place(parts: SplitResult) -> tuple[str, str, int]:
    host = (parts.hostname or "").removesuffix(".").lower()
    return parts.scheme, host, parts.port or _PORTS.get(parts.scheme, 0)
