"""What the learned part looks at: classes of words rather than words, so that it knows names it never saw."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from cds.privacy.scrub.lexicon import CLINIC, FAMILY, GIVEN, PLACE, WORD, eponyms, listed
from cds.privacy.scrub.tokens import INITIAL, LOWER, MIXED, TITLE, UPPER, Tokens
from cds.privacy.scrub.weighing import opens

_LISTS = (
    ("strong_titles", "t"), ("kin", "k"), ("patients", "p"), ("credentials", "c"), ("titles", "u"),
    ("states", "S"), ("facilities", "f"), ("streets", "r"), ("eponymous", "e"), ("staff", "s"),
    ("particles", "a"), ("generic", "g"), ("never", "n"),
)  # fmt: skip
_EDGE = "#"
_AGED = re.compile(r"\d{1,3}(?:[mf]|yo[mf]?|y)")
_CUES = (
    ("strong_titles", "t"),
    ("kin", "k"),
    ("patients", "p"),
    ("staff", "s"),
    ("towards", "w"),
    ("working", "j"),
)
_STOPPING = frozenset({"\n", ":", "."})
_FAR = 4
"""Words over which a title, a relation or a preposition is still heard."""
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


_CLASSES: dict[str, str] = {}
"""The classes of ordinary words that were met: not more than the lexicon has, and no name alone."""


def classes(made: Tokens) -> list[str]:
    """Return a class for each token: its kind and its word class, or what was found there by pattern."""
    found: list[str] = []
    seen: dict[str, str] = {}
    for kind, low, flags, taken in zip(made.kind, made.low, made.flags, made.taken, strict=True):
        if taken and taken != "NAME" and kind in "BNXM":
            found.append(f"<{taken[:3]}>")
        elif kind in "TUIl":
            if kind == INITIAL:
                found.append("I")
                continue
            known = _CLASSES.get(low) or seen.get(low)
            if known is None:
                known = _word_class(low, flags)
                (_CLASSES if flags >> WORD & 3 else seen)[low] = known
            found.append(kind + known)
        elif kind in "NX":
            found.append("A" if kind == MIXED and _AGED.fullmatch(low) else kind)
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


@cache
def _heard() -> dict[str, str]:
    """Return the letter of each word that says what kind of word may follow a little later."""
    return {word: letter for name, letter in reversed(_CUES) for word in listed(name)}


def contexts(made: Tokens) -> list[str]:
    """Return for each token the label of its line and the last word heard that announces somebody."""
    found: list[str] = []
    label = cue = ""
    plain, since = "|", 0
    heard = _heard()
    for at, low in enumerate(made.low):
        found.append(f"{plain}{cue}{since}" if cue else plain)
        if low in heard:
            cue, since = heard[low], 0
        elif low in _STOPPING:
            cue = ""
            if low == ":":
                label = made.low[at - 1] if at else ""
            elif low == "\n" or made.word[at + 1 : at + 2] != [","]:
                label = ""
            plain = label + "|"
        elif cue:
            since += 1
            cue = cue if since <= _FAR else ""
    return found


def mentioned(made: Tokens, rules: list[str]) -> dict[str, str]:
    """Return the words that the rules take for a name or a place anywhere in the text."""
    return {
        made.low[at]: rule[0]
        for at, rule in enumerate(rules)
        if rule and made.kind[at] in "TU" and len(made.low[at]) > 2
    }


@dataclass(frozen=True, slots=True)
class View:
    """A text as the model sees it: classes of its words, the rules' opinion, how it is written."""

    made: Tokens
    kinds: list[str]
    rules: list[str]
    frame: str
    contexts: list[str]
    said: dict[str, str]


def view(made: Tokens, rules: list[str]) -> View:
    """Return how the model sees a text."""
    return View(made, classes(made), rules, frame(made), contexts(made), mentioned(made, rules))


Key = tuple[str, ...]
Group = tuple[Callable[[Key], Key], Key]


def features(seen: View, at: int, before: str, earlier: str) -> list[str]:
    """Return the features of one token; `before` and `earlier` are the labels of the two tokens before it."""
    found = [feature for make, key in grouped(seen, at, before, earlier) for feature in make(key)]
    return [*found, *single(seen, at)]


def grouped(seen: View, at: int, before: str, earlier: str) -> tuple[Group, ...]:
    """Return what makes features of classes of words and common words, with what they are made of.

    The first of a key tells the groups apart, so that one table may hold what all of them come to.
    """
    made, kinds, rules = seen.made, seen.kinds, seen.rules
    own, rule, size = kinds[at], rules[at], len(kinds)
    left = kinds[at - 1] if at else _EDGE
    right = kinds[at + 1] if at + 1 < size else _EDGE
    left2 = kinds[at - 2] if at > 1 else _EDGE
    right2 = kinds[at + 2] if at + 2 < size else _EDGE
    glue = ("g" if at and made.start[at] == made.end[at - 1] else "") + (
        "h" if at + 1 < size and made.start[at + 1] == made.end[at] else ""
    )
    ruled = (rules[at - 1] if at else "") + rule + (rules[at + 1] if at + 1 < size else "")
    return (
        (_of_own, ("o", own, rule, seen.frame, glue)),
        (_of_right, ("n", own, right, right2)),
        (_of_left, ("L", own, left, left2)),
        (_of_both, ("c", own[0], left, right, ruled)),
        (_of_labels, ("p", own, before, earlier, left)),
        (_of_word_before, ("w", own, _word(made, at - 1))),
        (_of_word_after, ("W", own, _word(made, at + 1), before, rule)),
    )


def _full(own: str) -> str:
    return own[:1] + (own[-4:] if len(own) > 4 else "")


def _of_own(key: Key) -> Key:
    _, own, rule, how, glue = key
    full = _full(own)
    return "o" + own, "r" + rule + own[0], "R" + rule + full, f"F{how}|{full}", f"G{glue}|{full}"


def _of_right(key: Key) -> Key:
    _, own, right, right2 = key
    ends = f"{right}|{right2}|"
    return f"n{right}|{own[0]}", f"N{right}|{own}", f"3{ends}{own[0]}", f"z{ends}{_full(own)}"


def _of_left(key: Key) -> Key:
    _, own, left, left2 = key
    begins = f"{left2}|{left}|"
    return f"L{left}|{own}", f"2{begins}{own[0]}", f"v{begins}{_full(own)}"


def _of_both(key: Key) -> Key:
    _, shape, left, right, ruled = key
    return f"c{left}|{right}|{shape}", "a" + ruled


def _of_labels(key: Key) -> Key:
    _, own, before, earlier, left = key
    return f"p{before}|{own}", f"P{before}{earlier}|{own[0]}", f"q{before}|{left}|{own[0]}"


def _of_word_before(key: Key) -> Key:
    _, own, word = key
    return f"w{word}|{own[0]}", f"x{word}|{_full(own)}"


def _of_word_after(key: Key) -> Key:
    _, own, word, before, rule = key
    return f"W{word}|{own[0]}", f"X{word}|{_full(own)}", f"e{before}{rule}|{word}"


def single(seen: View, at: int) -> tuple[str, ...]:
    """Return the features that hold letters of the word or of its line: never kept after the text."""
    made, own, rule, context = seen.made, seen.kinds[at], seen.rules[at], seen.contexts[at]
    low, shape, full = made.low[at], own[0], _full(own)
    told = (
        f"l{context}|{shape}",
        "k" + context[context.index("|") :] + full,
        "y" + seen.said.get(low, "") + rule[:1] + full,
    )
    if made.flags[at] >> WORD & 3 >= 2 or (shape == "U" and len(low) < 6):
        return (*told, "i" + low + shape)
    spelt = (
        "s" + low[-3:] + shape,
        "S" + low[-2:] + full,
        "t" + low[:3] + shape,
        f"m{min(len(low), 9)}{full}",
    )
    return (*told, *spelt)


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
