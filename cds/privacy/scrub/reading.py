"""The learned part: a linear model that reads each word with its neighbours and the rules' opinion of it.

Trained by `bench/scrub_train.py` on invented texts alone; its card heads `weights.json`. The features look at
classes of words more than at words, so that it can tell names it has never seen.
"""

import json
from collections.abc import Iterator
from functools import cache
from importlib import resources

from cds.privacy.scrub.leaning import CERTAIN, leaning
from cds.privacy.scrub.lexicon import CLINIC, FAMILY, GIVEN, PLACE, WORD, eponyms, listed
from cds.privacy.scrub.tokens import INITIAL, LOWER, TITLE, UPPER, Tokens
from cds.privacy.scrub.weighing import opens

LABELS = ("", "NAME", "LOCATION")
Weights = dict[str, tuple[float, ...]]
_LISTS = (
    ("strong_titles", "t"), ("kin", "k"), ("patients", "p"), ("credentials", "c"), ("titles", "u"),
    ("states", "S"), ("facilities", "f"), ("streets", "r"), ("eponymous", "e"), ("staff", "s"),
    ("particles", "a"), ("generic", "g"), ("never", "n"),
)  # fmt: skip
_EDGE = "#"
_SHORT = 60
"""Words up to which a text with one capital may be one whose writer uses none."""


@cache
def _lettered() -> dict[str, str]:
    """Return for each word on a hand-written list the letters of the first two lists it is on."""
    found: dict[str, str] = {}
    for name, letter in _LISTS:
        for word in listed(name):
            if len(found.get(word, "")) < 2:
                found[word] = found.get(word, "") + letter
    return {w: found.get(w, "") + ("E" if w in eponyms() else "") for w in found.keys() | eponyms()}


def _word_class(low: str, flags: int) -> str:
    """Return what is known of a word whatever its capitals: lists it is on, strengths in the lexicon."""
    named, word = max(flags >> GIVEN & 3, flags >> FAMILY & 3), flags >> WORD & 3
    clinic, place = flags >> CLINIC & 3, flags >> PLACE & 3
    return f"{_lettered().get(low, '')}{named}{word}{min(clinic, 1)}{min(place, 2)}"


def classes(made: Tokens) -> list[str]:
    """Return a class for each token: its kind and its word class, or what was found there by pattern."""
    found: list[str] = []
    seen: dict[str, str] = {}
    for kind, low, flags, taken in zip(made.kind, made.low, made.flags, made.taken, strict=True):
        if taken and taken != "NAME" and kind in "BNXM":
            found.append(f"<{taken[:3]}>")
        elif kind in "TUIl":
            if low not in seen:
                seen[low] = _word_class(low, flags)
            found.append(kind + seen[low] if kind != INITIAL else "I")
        elif kind in "NX":
            found.append(kind)
        else:
            found.append(low[:1])
    return found


def _word(made: Tokens, at: int) -> str:
    """Return a word where it is common enough to mean the same everywhere, else nothing."""
    if not 0 <= at < len(made.low):
        return _EDGE
    low, flags = made.low[at], made.flags[at]
    if made.kind[at] in "TUl":
        return (
            low
            if flags >> WORD & 3 >= 2
            or low in listed("never")
            or low in listed("staff")
            or (len(low) < 4 and not flags >> FAMILY & 3)
            else ""
        )
    return low[:1] if made.kind[at] not in "NX" else "0"


def features(
    made: Tokens, at: int, kinds: list[str], rules: list[str], before: str, earlier: str, frame: str
) -> list[str]:
    """Return the features of one token; `before` and `earlier` are the labels of the two tokens before it."""
    own, rule, size = kinds[at], rules[at], len(kinds)
    left = kinds[at - 1] if at else _EDGE
    right = kinds[at + 1] if at + 1 < size else _EDGE
    left2 = kinds[at - 2] if at > 1 else _EDGE
    right2 = kinds[at + 2] if at + 2 < size else _EDGE
    low = made.low[at]
    flags = made.flags[at]
    shape = own[0]
    full = own[:1] + (own[-4:] if len(own) > 4 else "")
    glue = ("g" if at and made.start[at] == made.end[at - 1] else "") + (
        "h" if at + 1 < size and made.start[at + 1] == made.end[at] else ""
    )
    last_word, next_word = _word(made, at - 1), _word(made, at + 1)
    found = [
        "o" + own, "r" + rule + shape, "R" + rule + full,
        "n" + right + "|" + shape, "L" + left + "|" + own, "N" + right + "|" + own,
        "2" + left2 + "|" + left + "|" + shape, "3" + right + "|" + right2 + "|" + shape,
        "p" + before + "|" + own, "P" + before + earlier + "|" + shape,
        "q" + before + "|" + left + "|" + shape,
        "F" + frame + "|" + full, "G" + glue + "|" + full,
        "w" + last_word + "|" + shape, "W" + next_word + "|" + shape,
        "x" + last_word + "|" + full, "X" + next_word + "|" + full,
        "a" + (rules[at - 1] if at else "") + rule + (rules[at + 1] if at + 1 < size else ""),
        "c" + left + "|" + right + "|" + shape,
        "e" + before + rule + "|" + next_word,
    ]  # fmt: skip
    if flags >> WORD & 3 >= 2 or (shape == "U" and len(low) < 6):
        found.append("i" + low + shape)
    else:
        found += [
            "s" + low[-3:] + shape,
            "S" + low[-2:] + full,
            "t" + low[:3] + shape,
            "m" + str(min(len(low), 9)) + full,
        ]
    return found


@cache
def weights() -> Weights:
    """Return the trained weights by feature, one number for each label."""
    text = resources.files(__package__).joinpath("lexicons", "weights.json").read_text(encoding="utf-8")
    return {k: tuple(v) for k, v in json.loads(text)["weights"].items()}


def frame(made: Tokens) -> str:
    """Return how a text is written: U in capitals, l low, s short with one capital at most, T as usual."""
    kinds = made.kind
    lows, uppers = kinds.count(LOWER), kinds.count(UPPER)
    if uppers > lows:
        return "U"
    titles = [at for at, kind in enumerate(kinds) if kind == TITLE]
    inner = sum(not opens(made, at) for at in titles)
    if inner * 40 < lows and len(titles) * 40 < lows:
        return "l"
    return "s" if not inner and lows < _SHORT else "T"


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
    table = weights()
    labels = [""] * len(made)
    kinds, how = classes(made), frame(made)
    for at in candidates(made, rules):
        if _plainly(made, at, rules, labels):
            continue
        lean = leaning(made, at, rules, how)
        if lean <= -CERTAIN:
            continue
        if lean >= CERTAIN:
            labels[at] = rules[at]
            continue
        none = name = place = 0.0
        before = labels[at - 1] if at else ""
        earlier = labels[at - 2] if at > 1 else ""
        for feature in features(made, at, kinds, rules, before[:1], earlier[:1], how):
            found = table.get(feature)
            if found is not None:
                none += found[0]
                name += found[1]
                place += found[2]
        best, label = (name, "NAME") if name >= place else (place, "LOCATION")
        if best + lean > none:
            labels[at] = label if best > none or not rules[at] else rules[at]
    return labels


def _plainly(made: Tokens, at: int, rules: list[str], labels: list[str]) -> bool:
    """Tell whether a token is a common word that nobody doubts where it stands: not looked at."""
    if _possessive(made, at):
        return True
    if rules[at] or (at and labels[at - 1]):
        return False
    if made.kind[at] != LOWER:
        return False
    flags = made.flags[at]
    return flags >> WORD & 3 >= 2 and not flags >> GIVEN & 2 and not flags >> FAMILY & 2
