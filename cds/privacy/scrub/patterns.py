"""The expressions of the rules: kept in `lexicons/patterns.toml`, compiled when first asked for."""

import re
import tomllib
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import resources
from typing import Any

from cds.privacy.scrub.lexicon import listed

_PART = re.compile(r"%([a-z_]+)%")


@cache
def pattern(name: str) -> re.Pattern[str]:
    """Return an expression by its section and name, such as "dates.written"."""
    section, _, key = name.partition(".")
    row = _tables()[section][key]
    flags = (re.VERBOSE if "x" in row["flags"] else 0) | (re.IGNORECASE if "i" in row["flags"] else 0)
    return re.compile(_whole(row["expression"]), flags)


def tried(expression: re.Pattern[str], text: str, places: Iterable[int]) -> Iterator[re.Match[str]]:
    """Yield the matches of an expression that begins nowhere but at places, which are in order."""
    done, match_at = 0, expression.match
    for at in places:
        if at >= done and (match := match_at(text, at)):
            yield match
            done = match.end()


@cache
def _tables() -> dict[str, Any]:
    text = resources.files(__package__).joinpath("lexicons", "patterns.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def _whole(expression: str) -> str:
    """Return an expression with its parts put in."""
    while True:
        put = _PART.sub(lambda m: _parts().get(m[1], m[0]), expression)
        if put == expression:
            return put
        expression = put


@cache
def _parts() -> dict[str, str]:
    codes = listed("state_codes")
    streets = listed("streets") - listed("worded_streets")
    return {
        **_tables()["parts"],
        "street_words": _any_of(streets),
        "ambiguous": _any_of(listed("ambiguous_streets")),
        "states": _any_of({state.replace(" ", r"\s") for state in listed("states")}),
        "codes": "|".join(sorted(code.upper() for code in codes)),
        "codes_low": "|".join(sorted(codes - listed("worded_codes"))),
    }


def _any_of(words: frozenset[str] | set[str]) -> str:
    return "|".join(sorted(words, key=lambda word: (-len(word), word)))
