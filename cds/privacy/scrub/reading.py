"""The learned part: a linear model that reads each word with its neighbours and the rules' opinion of it.

Trained by `bench/scrub_train.py` on invented texts alone; its card heads `weights.json`.
"""

import json
from collections.abc import Iterator
from functools import cache
from importlib import resources

from cds.privacy.scrub.features import View, frame, grouped, single, view
from cds.privacy.scrub.leaning import CERTAIN, leaning
from cds.privacy.scrub.lexicon import CLINIC, FAMILY, GIVEN, PLACE, WORD, listed, strength
from cds.privacy.scrub.tokens import LOWER, Tokens

LABELS = ("", "NAME", "LOCATION")
Weights = dict[str, list[float]]


@cache
def weights() -> Weights:
    """Return the trained weights by feature: what speaks for a name and for a place, in tenths of a vote."""
    text = resources.files(__package__).joinpath("lexicons", "weights.json").read_text(encoding="utf-8")
    found: Weights = json.loads(text)["weights"]
    return found


def _possessive(made: Tokens, at: int) -> bool:
    """Tell whether a token is the s of a possessive whose owner is a tag already."""
    return made.low[at] == "s" and at > 0 and made.word[at - 1] in {"'", "’"} and made.glued(at)


def candidates(made: Tokens, rules: list[str]) -> Iterator[int]:
    """Yield the tokens that could be part of a name or place at all."""
    low = frame(made) in "lUs"
    for at, kind in enumerate(made.kind):
        if (
            kind in "TUIl"
            and (not made.taken[at] or rules[at])
            and (kind != LOWER or low or rules[at] or _namely(made, at))
        ):
            yield at


def _namely(made: Tokens, at: int) -> bool:
    """Tell whether a word written low, in a text that uses capitals, may be part of a name or place."""
    flags, low = made.flags[at], made.low[at]
    if (
        max(flags >> GIVEN & 3, flags >> FAMILY & 3) >= 2
        and not flags >> WORD & 3
        and not flags >> CLINIC & 3
    ):
        return True
    if (
        flags >> PLACE & 3
        or low in listed("facilities")
        or low in listed("streets")
        or low in listed("particles")
    ):
        return True
    return low in {"and", "the", "of", "for"} or (at > 0 and made.low[at - 1] in listed("strong_titles"))


def read(made: Tokens, rules: list[str]) -> list[str]:
    """Return a label for each token."""
    labels = [""] * len(made.word)
    seen = view(made, rules)
    for at in candidates(made, rules):
        if _plainly(made, at, rules, labels):
            continue
        lean = leaning(made, at, rules, seen.frame)
        if lean <= -CERTAIN:
            continue
        if lean >= CERTAIN:
            labels[at] = rules[at]
            continue
        before = labels[at - 1] if at else ""
        earlier = labels[at - 2] if at > 1 else ""
        name, place = _votes(seen, at, before[:1], earlier[:1])
        best, label = (name, "NAME") if name >= place else (place, "LOCATION")
        if best + lean > 0.0:
            labels[at] = label if best > 0.0 or not rules[at] else rules[at]
    return labels


def _votes(seen: View, at: int, before: str, earlier: str) -> tuple[float, float]:
    """Return what speaks for a name and for a place: sums of weights, those of classes of words kept."""
    table = weights()
    name = place = 0.0
    for make, key in grouped(seen, at, before, earlier):
        votes = _SUMS.get(key)
        if votes is None:
            votes = _summed(table, make(key))
            if key[0] not in "wW" or len(key[2]) > 3 or strength(key[2]) >> WORD & 3:
                if len(_SUMS) >= _MOST_SUMS:
                    _SUMS.clear()
                _SUMS[key] = votes
        name += votes[0]
        place += votes[1]
    for feature in single(seen, at):
        found = table.get(feature)
        if found is not None:
            name += found[0]
            place += found[1]
    return name, place


def _summed(table: Weights, found: tuple[str, ...]) -> tuple[float, float]:
    rows = [row for feature in found if (row := table.get(feature)) is not None]
    return sum(row[0] for row in rows), sum(row[1] for row in rows)


_SUMS: dict[tuple[str, ...], tuple[float, float]] = {}
"""Votes of groups of features by what the features are made of: classes and common words, never a name."""
_MOST_SUMS = 100_000


@cache
def _placing() -> frozenset[str]:
    """Return words after which even a common word written low may be part of a name or a place."""
    return (
        listed("titles")
        | listed("living")
        | frozenset({"named", "from", "near", "in", "at", "to", "aka", "mr", "mrs", "ms"})
    )


def _plainly(made: Tokens, at: int, rules: list[str], labels: list[str]) -> bool:
    """Tell whether a token is a common word that nobody doubts where it stands: not looked at."""
    if _possessive(made, at):
        return True
    if rules[at] or (at and labels[at - 1]):
        return False
    if made.kind[at] != LOWER:
        return False
    if at and made.low[at - 1] in _placing() and made.low[at] not in listed("never"):
        return False
    flags = made.flags[at]
    return flags >> WORD & 3 >= 2 and not flags >> GIVEN & 2 and not flags >> FAMILY & 2
