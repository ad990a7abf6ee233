"""SMART scopes: which are granted, and what they allow.

Version 1 words are read as their version 2 letters; a scope narrowed by a query (`?category=...`) is not
granted, because it would not be enforced.
Syntax: https://hl7.org/fhir/smart-app-launch/scopes-and-launch-context.html.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

_SCOPE = re.compile(r"(system|patient|user)/(\*|[A-Z][A-Za-z]+)\.(read|write|\*|c?r?u?d?s?)")
_VERSION_1 = {"read": "rs", "write": "cud", "*": "cruds"}


@dataclass(frozen=True)
class Scope:
    """One scope, its actions among create, read, update, delete, search."""

    context: str
    type: str
    actions: frozenset[str]

    def __str__(self) -> str:
        return f"{self.context}/{self.type}.{''.join(letter for letter in 'cruds' if letter in self.actions)}"

    def allows(self, action: str, resource_type: str) -> bool:
        """Tell whether this scope covers an action on a type."""
        return action in self.actions and self.type in {"*", resource_type}


def read_scopes(text: str) -> list[Scope]:
    """Read the resource scopes of a space-separated list, leaving out what is none."""
    found = (_SCOPE.fullmatch(word) for word in text.split())
    scopes = (Scope(one[1], one[2], frozenset(_VERSION_1.get(one[3], one[3]))) for one in found if one)
    return [scope for scope in scopes if scope.actions]


def granted(requested: str, allowed: str) -> str:
    """Cut requested scopes down to what is allowed."""
    limits = read_scopes(allowed)
    met = (_meet(scope, limit) for scope in read_scopes(requested) for limit in limits)
    return " ".join(dict.fromkeys(str(scope) for scope in met if scope))


def _meet(one: Scope, other: Scope) -> Scope | None:
    actions = one.actions & other.actions
    if (
        one.context != other.context
        or not actions
        or (one.type != other.type and "*" not in {one.type, other.type})
    ):
        return None
    return Scope(one.context, other.type if one.type == "*" else one.type, actions)


def allows(scopes: Iterable[Scope], action: str, resource_type: str) -> bool:
    """Tell whether any of the scopes covers an action on a type."""
    return any(scope.allows(action, resource_type) for scope in scopes)
