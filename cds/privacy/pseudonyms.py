"""Real references and whole originals of one call: the only places that hold them, and they die with it."""

import re
import secrets
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from cds.fhir.types import RESOURCE_TYPES

_REFERENCE = re.compile(
    r"(?:https?://[^\s?#]+/)?([A-Z][A-Za-z]+)/([^\s/?#|]{1,200})(?:/_history/[^\s/?#]+)?\Z"
)


def _random_prefix() -> str:
    return f"t{secrets.token_hex(4)}"


class Pseudonyms:
    """Tokens for the references of one call; without this object nobody gets back from one to the other."""

    __slots__ = ("_back", "_forth", "_inside", "_prefix")

    def __init__(self, *, prefix: Callable[[], str] = _random_prefix) -> None:
        self._prefix = prefix()
        self._forth: dict[str, str] = {}
        self._back: dict[str, str] = {}
        self._inside: dict[str, tuple[str, str]] = {}

    def token(self, reference: str) -> str:
        """Return `Type/token` for a reference of any form; empty where it is no reference to a resource."""
        known = self._forth.get(reference)
        if known is not None:
            return known
        relative = _relative(reference)
        if not relative:
            return ""
        known = self._forth.get(relative)
        if known is None:
            known = self._made(relative.partition("/")[0], relative)
            self._forth[relative] = known
        self._forth[reference] = known
        return known

    def fresh(self, kind: str, *, container: str = "", local: str = "") -> str:
        """Return a token for a resource without an address of its own.

        A contained one is reached from its `container` (a token) as `local` (`#id`), and from nowhere else.
        """
        made = self._made(kind, "")
        if container:
            self._inside[made] = (container, local)
        return made

    def _made(self, kind: str, real: str) -> str:
        made = f"{kind}/{self._prefix}{len(self._back):x}"
        self._back[made] = real
        return made

    def alias(self, other: str, token: str) -> None:
        """Make a name that is no address (a bundle's `urn:uuid:` fullUrl) stand for a token's resource.

        A name that two resources bear stands for neither: a wrong drug is worse than none.
        """
        if not _relative(other) and self._forth.setdefault(other, token) != token:
            self._forth[other] = ""

    def real(self, token: str) -> str:
        """Return the reference a token stands for; raise `KeyError` where it has none."""
        found = self._back[token]
        if not found:
            raise KeyError(token)
        return found

    def local(self, token: str, *, container: str) -> str:
        """Return `#id` of a resource contained in another; raise `KeyError` where it is not there."""
        holder, found = self._inside[token]
        if holder != container:
            raise KeyError(token)
        return found

    def knows(self, token: str) -> bool:
        """Tell whether this call made the token."""
        return token in self._back


def _relative(reference: str) -> str:
    """Return `Type/id` of a relative, absolute or versioned reference, empty where it has no such form."""
    match = _REFERENCE.match(reference)
    if match is None or match[1] not in RESOURCE_TYPES:
        return ""
    return f"{match[1]}/{match[2]}"


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

    def __contains__(self, token: object) -> bool:
        return token in self._resources
