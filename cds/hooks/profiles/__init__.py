"""EHR dialects as data: one TOML file each, and the one function that fits a response to it."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cache
from importlib import resources
from typing import Any, TypeVar
from uuid import UUID, uuid5

from cds.errors import SettingsError
from cds.hooks.cards import Card, Link, Suggestion

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class TokenRules:
    """How this EHR signs its calls."""

    algorithms: tuple[str, ...] = ("ES384", "RS384")
    leeway: int = 60
    issuer: str = ""
    """The one issuer this vendor uses for every site, where there is one."""
    jku_prefixes: tuple[str, ...] = ()
    max_life: int = 600


@dataclass(frozen=True, slots=True)
class ResponseRules:
    """What this EHR accepts in a response."""

    actions_per_suggestion: int = 0
    """0: any number. 1: a suggestion of several actions becomes several suggestions."""
    selection_behavior: str = ""
    """Where set, the only behaviour this EHR knows."""
    links: str = "all"
    """all, or listed: only links whose origin the client's registration lists are sent."""
    recommended: bool = True
    """False: nothing is sent as recommended where recommending means preselecting."""
    card_extension: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PrefetchRules:
    """What this EHR does about prefetch."""

    sends: bool = True
    single_value_search: bool = False


@dataclass(frozen=True, slots=True)
class Profile:
    """One EHR dialect."""

    name: str
    title: str
    notes: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    token: TokenRules = TokenRules()
    response: ResponseRules = ResponseRules()
    prefetch: PrefetchRules = PrefetchRules()
    request_extensions: tuple[str, ...] = ()
    checks: tuple[str, ...] = ()
    """Names of the checks `clinicards doctor` runs for this EHR beside the general ones."""


@cache
def names() -> tuple[str, ...]:
    """Return the names of the profiles there are."""
    folder = resources.files(__package__)
    return tuple(sorted(f.name.removesuffix(".toml") for f in folder.iterdir() if f.name.endswith(".toml")))


@cache
def profile(name: str) -> Profile:
    """Return a profile by name; raise `SettingsError` that lists the known ones."""
    if name not in names():
        raise SettingsError(f"there is no EHR profile {name!r}; known: {', '.join(names())}")
    text = resources.files(__package__).joinpath(f"{name}.toml").read_text(encoding="utf-8")
    return _made(Profile, {"name": name, **tomllib.loads(text)}, place=name)


_PARTS: Mapping[str, type] = {"token": TokenRules, "response": ResponseRules, "prefetch": PrefetchRules}


def _made(kind: type[T], data: Mapping[str, Any], *, place: str) -> T:
    """Build a dataclass from a table; an unknown key is an error."""
    known = {f.name for f in fields(kind)}  # type: ignore[arg-type]
    unknown = set(data) - known
    if unknown:
        raise SettingsError(f"profile {place}: unknown key {min(unknown)!r}")
    made = {
        key: _made(_PARTS[key], value, place=f"{place}.{key}")
        if key in _PARTS
        else tuple(value)
        if isinstance(value, list)
        else value
        for key, value in data.items()
    }
    return kind(**made)


def fit(
    card: Card, rules: ResponseRules, *, link_origins: frozenset[str] = frozenset(), spec: str = "2.0"
) -> Card:
    """Return the card as this EHR can show it: suggestions split, behaviour set, links as listed."""
    suggestions = card.suggestions
    if rules.actions_per_suggestion == 1:
        suggestions = tuple(part for s in suggestions for part in _split(s))
    elif spec == "2.0":
        # A 2.0 client would take all actions of a suggestion that means "any" of them.
        suggestions = tuple(
            part for s in suggestions for part in ((s,) if s.action_selection == "all" else _split(s))
        )
    if not rules.recommended:
        suggestions = tuple(replace(s, is_recommended=False) for s in suggestions)
    behavior = card.selection_behavior
    if suggestions and rules.selection_behavior:
        behavior = "any" if rules.selection_behavior == "any" else "at-most-one"
    if behavior == "at-most-one":
        suggestions = _one_recommended(suggestions)
    links = card.links
    if rules.links == "listed":
        links = tuple(link for link in links if _origin(link) in link_origins)
    return replace(card, suggestions=suggestions, selection_behavior=behavior, links=links)


def _one_recommended(suggestions: tuple[Suggestion, ...]) -> tuple[Suggestion, ...]:
    """Return the suggestions with one recommended at most: one that was split has become several."""
    first = next((n for n, s in enumerate(suggestions) if s.is_recommended), -1)
    return tuple(s if n <= first else replace(s, is_recommended=False) for n, s in enumerate(suggestions))


def _split(suggestion: Suggestion) -> tuple[Suggestion, ...]:
    """Return one suggestion for each action, as EHRs need that take exactly one."""
    if len(suggestion.actions) == 1:
        return (replace(suggestion, action_selection="all"),)
    return tuple(
        replace(
            suggestion,
            label=action.description,
            uuid=_part(suggestion.uuid, n),
            actions=(action,),
            action_selection="all",
        )
        for n, action in enumerate(suggestion.actions)
    )


def _part(uuid: str, number: int) -> str:
    """Return a uuid of its own for a part, derived so that it stays the same for the same card."""
    return str(uuid5(UUID(uuid), str(number))) if number else uuid


def _origin(link: Link) -> str:
    return "/".join(link.url.split("/")[:3])
