"""Real references and whole originals of one call: the only places that hold them, and they die with it."""

import secrets
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit


def _random_prefix() -> str:
    return f"t{secrets.token_hex(4)}"


class Pseudonyms:
    """Tokens for the references of one call; without this object nobody gets back from one to the other."""

    __slots__ = ("_back", "_forth", "_prefix")

    def __init__(self, *, prefix: Callable[[], str] = _random_prefix) -> None:
        self._prefix = prefix()
        self._forth: dict[str, str] = {}
        self._back: dict[str, str] = {}

    def token(self, reference: str) -> str:
        """Return `Type/token` for a reference of any form; empty where it is no reference to a resource."""
        known = self._forth.get(reference)
        if known is not None:
            return known
        relative = _relative(reference)
        known = self._forth.get(relative)
        if known is None:
            kind = relative.split("/", 1)[0] if "/" in relative else ""
            if not kind:
                return ""
            known = f"{kind}/{self._prefix}{len(self._back):x}"
            self._forth[relative] = known
            self._back[known] = relative
        self._forth[reference] = known
        return known

    def alias(self, other: str, reference: str) -> None:
        """Make another form of a reference (a bundle's fullUrl, `#id`) stand for the same resource."""
        self._forth.setdefault(other, self.token(reference))

    def real(self, token: str) -> str:
        """Return the reference a token stands for; raise `KeyError` for one this call did not make."""
        return self._back[token]

    def knows(self, token: str) -> bool:
        """Tell whether this call made the token."""
        return token in self._back


def _relative(reference: str) -> str:
    """Return `Type/id` of a relative or absolute reference, empty where it has no such form."""
    path = urlsplit(reference).path if "://" in reference else reference
    parts = [p for p in path.split("/_history/")[0].split("/") if p]
    if len(parts) >= 2 and parts[-2][:1].isupper():
        return f"{parts[-2]}/{parts[-1]}"
    return ""


class Originals:
    """The whole resources of one call by their tokens, so that an update can hold the real thing."""

    __slots__ = ("_resources",)

    def __init__(self) -> None:
        self._resources: dict[str, Mapping[str, Any]] = {}

    def keep(self, token: str, resource: Mapping[str, Any]) -> None:
        """Remember an original."""
        self._resources[token] = resource

    def get(self, token: str) -> Mapping[str, Any]:
        """Return the original; raise `KeyError` where the call brought none."""
        return self._resources[token]

    def __iter__(self) -> Iterator[str]:
        return iter(self._resources)
