"""People for the trials: names of many origins, each person's written forms, and nobody who lives."""

import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from random import Random
from typing import Final

from cds.privacy.trials.parts import drawn
from cds.privacy.trials.trial import Piece

_FAMILY_FIRST: Final = frozenset({"chinese", "korean", "vietnamese", "japanese"})
ORIGINS_OFTEN: Final = ("english", "words", "hispanic", "coined")
"""Drawn twice as often as the rest: common in clinics, hard as words, or on no list of names."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who does not exist."""

    first: str
    middle: str
    last: str
    female: bool
    origin: str


@cache
def table(name: str) -> dict[str, dict[str, tuple[str, ...]]]:
    """Return the lists of a data file; an underscore there stands for a space."""
    text = files("cds.privacy.trials").joinpath(f"data/{name}.toml").read_text(encoding="utf-8")
    found = tomllib.loads(text)
    sections = {k: v for k, v in found.items() if isinstance(v, dict)}
    flat = {k: v for k, v in found.items() if not isinstance(v, dict)}
    return {
        section: {key: tuple(word.replace("_", " ") for word in words.split()) for key, words in rows.items()}
        for section, rows in {**sections, "": flat}.items()
    }


@cache
def _origins() -> tuple[str, ...]:
    names = tuple(name for name in table("names") if name)
    return names + ORIGINS_OFTEN


def person(chance: Random, *, origin: str = "") -> Person:
    """Return somebody; a given name of one origin may meet a family name of another."""
    origin = origin or chance.choice(_origins())
    lists = table("names")[origin]
    female = chance.random() < 0.5
    givens = lists["female" if female else "male"]
    first, middle = drawn(givens, chance), drawn(givens, chance)
    if chance.random() < 0.12:
        lists, other = _mixed(chance), origin
        return Person(first, middle, _last(chance, lists), female, other)
    return Person(first, middle, _last(chance, lists), female, origin)


def _mixed(chance: Random) -> dict[str, tuple[str, ...]]:
    return table("names")[chance.choice(_origins())]


def _last(chance: Random, lists: dict[str, tuple[str, ...]]) -> str:
    last = chance.choice(lists["last"]) if "end" in lists else drawn(lists["last"], chance)
    if "end" in lists:
        last += (chance.choice(lists["middle"]) if chance.random() < 0.4 else "") + chance.choice(
            lists["end"]
        )
    if chance.random() < 0.04:
        last += f"-{_last(chance, table('names')['english'])}"
    return last


def initials(who: Person, chance: Random) -> str:
    """Return initials in one of the ways people write them."""
    first, middle, last = who.first[0], who.middle[0], who.last.split()[-1].strip("'")[0].upper()
    return chance.choice(
        (f"{first}.{last}.", f"{first}{last}", f"{first}{middle}{last}", f"{first}. {last}.")
    )


def full(who: Person, chance: Random) -> str:
    """Return the whole name in one of the ways people write it in a sentence."""
    ways = [f"{who.first} {who.last}"] * 5
    ways += [f"{who.first} {who.middle[0]}. {who.last}", f"{who.first} {who.middle} {who.last}"]
    ways += [f"{who.first[0]}. {who.last}", f"{who.first} {who.last} {chance.choice(('Jr.', 'III', 'Sr.'))}"]
    if who.origin in _FAMILY_FIRST:
        ways += [f"{who.last} {who.first}"] * 2
    return chance.choice(ways)


def filed(who: Person, chance: Random) -> str:
    """Return the name as an index has it, family name first."""
    ways = (
        f"{who.last}, {who.first}",
        f"{who.last},{who.first} {who.middle[0]}",
        f"{who.last.upper()}, {who.first.upper()}",
        f"{who.last.upper()},{who.first.upper()} {who.middle[0]}",
        f"{who.last}, {who.first} {who.middle[0]}.",
        f"{who.last.upper()}, {who.first}",
    )
    return chance.choice(ways)


def username(who: Person, chance: Random) -> str:
    """Return what somebody signs in or posts as."""
    first, last = _plain(who.first), _plain(who.last)
    ways = (
        f"{first[0]}{last}{chance.randrange(1, 99)}",
        f"{first}.{last}",
        f"@{first}_{last}{chance.randrange(60, 99)}",
        f"{last}{first[0]}",
        f"@{first}{last[:3]}{chance.randrange(1000)}",
    )
    return chance.choice(ways)


def email(who: Person, chance: Random) -> str:
    """Return an address of mail at a domain reserved for examples or made up."""
    first, last = _plain(who.first), _plain(who.last)
    local = chance.choice(
        (f"{first}.{last}", f"{first[0]}{last}", f"{last}_{first}{chance.randrange(99)}", first)
    )
    domain = chance.choice(
        ("example.com", "mailbox.example", "quickpost.net", "dunmerehealth.org", "kettle.edu")
    )
    return f"{local}@{domain}"


def _plain(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter.isascii() and letter.isalnum()) or "nn"


FORMS: Final[dict[str, Callable[[Person, Random], str]]] = {
    "full": full,
    "first": lambda who, _chance: who.first,
    "last": lambda who, _chance: who.last,
    "mid": lambda who, _chance: f"{who.first} {who.middle[0]} {who.last}",
    "filed": filed,
    "init": initials,
    "caps": lambda who, _chance: f"{who.first} {who.last}".upper(),
    "hl7": lambda who, _chance: f"{who.last.upper()}^{who.first.upper()}^{who.middle[0].upper()}",
}


def written(who: Person, form: str, chance: Random) -> Piece:
    """Return a person's name in a form, marked; `user` and `email` have marks of their own."""
    if form == "user":
        return Piece(username(who, chance), "NAME", "name.user")
    if form == "email":
        return Piece(email(who, chance), "EMAIL", "email")
    return Piece(FORMS[form](who, chance), "NAME", f"name.{form}")
