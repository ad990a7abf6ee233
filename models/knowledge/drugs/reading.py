"""Reads the words of one entry: a display of RxNorm, a line of a drug list, an order as it is spoken."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from models.knowledge.drugs.amounts import Amount, amounts
from models.knowledge.drugs.names import Mention, Names
from models.knowledge.drugs.rows import Part
from models.knowledge.drugs.sig import Sig, read_sig, undotted
from models.knowledge.drugs.words import Token, Words, tokens
from models.record import Quantity

_BRAND = re.compile(r"\[[^\]]*\]")
_LOCAL_RECTAL = ("cream", "ointment", "foam", "gel", "pad", "lotion")


@dataclass(frozen=True, slots=True)
class Reading:
    """What the words of an entry say."""

    parts: tuple[Part, ...]
    form: str
    route: str
    dose: Quantity | None
    count: float | None
    sig: Sig
    unresolved: tuple[str, ...]
    unread: tuple[str, ...]


def read(text: str, names: Names, words: Words) -> Reading:
    """Return what the words of an entry say."""
    bare = _BRAND.sub(" ", text)
    if bare != text and names.mentions(tokens(bare)):
        text = bare
    found = tokens(undotted(text.lower()))
    mentions = _drugs(names.mentions(found), found, words)
    sig, rest = read_sig(_blanked(text, mentions, found))
    left = tokens(rest)
    form = _form(left, words)
    numbers = amounts(left, words)
    parts = _parts(mentions, found, left, numbers)
    count, dose = _taken(left, numbers, sig, form, parts)
    route = _route(left, words, form) or next((m.name.route for m in mentions if m.name.route), "")
    unresolved, unread = _leftover(left, words, mentions, found)
    return Reading(parts, form, route, dose, count, sig, unresolved, unread)


def _drugs(mentions: Sequence[Mention], found: Sequence[Token], words: Words) -> tuple[Mention, ...]:
    """Leave out what looks like a name and is the salt or a common word beside one."""
    kept: list[Mention] = []
    for mention in mentions:
        text = found[mention.first].text
        single = mention.last == mention.first + 1
        after_name = bool(kept) and _only_salts(found[kept[-1].last : mention.first], words)
        if single and ((after_name and text in words.salts) or (kept and text in words.filler)):
            continue
        kept.append(mention)
    return tuple(kept)


def _only_salts(between: Sequence[Token], words: Words) -> bool:
    return all(token.text in words.salts or token.text == "," for token in between)


def _blanked(text: str, mentions: Iterable[Mention], found: Sequence[Token]) -> str:
    """Return the text with the names blanked at the same length, so that places stay what they are."""
    for mention in mentions:
        first, last = found[mention.first].start, found[mention.last - 1].end
        text = text[:first] + " " * (last - first) + text[last:]
    return text


def _parts(
    mentions: Sequence[Mention], found: Sequence[Token], left: Sequence[Token], numbers: Sequence[Amount]
) -> tuple[Part, ...]:
    """Return the ingredients with the strengths that stand after each of them."""
    result: dict[str, Quantity | None] = {}
    waiting: list[Part] = []
    bounds = [found[mention.first].start for mention in mentions] + [10**9]
    ordered = all(len(mention.name.parts) == 1 or mention.name.ordered for mention in mentions)
    for mention, (start, end) in zip(mentions, pairwise(bounds), strict=True):
        if not waiting or not result.keys() & {part.ingredient for part in mention.name.parts}:
            waiting = [*waiting, *mention.name.parts]
        here = [a for a in numbers if start < left[a.first].start < end and _is_strength(a)]
        here = here or ([] if mention.name.route == "inhaled" else _bare(numbers, left, start, end))
        for part in waiting:
            result[part.ingredient] = result.get(part.ingredient) or part.strength
        if here:
            _assign(result, waiting, here, ordered=ordered)
            waiting = []
    if len(result) == 1 and None in result.values():
        _before(result, numbers)
    return tuple(Part(name, strength) for name, strength in result.items())


def _is_strength(amount: Amount) -> bool:
    """Tell whether an amount can be a strength: `72 HR` says how long a patch lasts."""
    return bool(amount.unit) and not amount.counted and amount.unit != "h"


def _bare(numbers: Sequence[Amount], left: Sequence[Token], start: int, end: int) -> list[Amount]:
    """Return `5/325` without a unit, which stands for milligrams in names of two ingredients only."""
    found = [a for a in numbers if start < left[a.first].start < end and len(a.numbers) > 1 and not a.unit]
    return [Amount(a.numbers, "mg", a.first) for a in found]


def _assign(
    result: dict[str, Quantity | None], waiting: Sequence[Part], here: Sequence[Amount], *, ordered: bool
) -> None:
    names = [part.ingredient for part in waiting]
    first = here[0]
    if len(names) == 1:
        result[names[0]] = result[names[0]] or first.quantity()
    elif ordered and len(first.numbers) == len(names):
        for position, name in enumerate(names):
            result[name] = result[name] or first.quantity(position)
    elif ordered and len(here) >= len(names) and all(len(a.numbers) == 1 for a in here[: len(names)]):
        for name, amount in zip(names, here, strict=False):
            result[name] = result[name] or amount.quantity()


def _before(result: dict[str, Quantity | None], numbers: Sequence[Amount]) -> None:
    """Take `20 mg lisinopril`: an amount before the only name, but no package and no hours."""
    name = next(iter(result))
    plain = [a for a in numbers if a.unit and not a.counted and not a.is_package and len(a.numbers) == 1]
    if plain:
        result[name] = plain[0].quantity()


def _taken(
    left: Sequence[Token], numbers: Sequence[Amount], sig: Sig, form: str, parts: Sequence[Part]
) -> tuple[float | None, Quantity | None]:
    """Return the count and the dose that are taken at a time; the larger of `1-2 tablets`."""
    counted = next((a for a in numbers if a.counted and not _strength_like(a, left)), None)
    if counted is not None:
        return max(counted.numbers), None
    said = sig.times_per_day is not None or sig.prn or sig.once
    if form and not said:
        return None, None
    if said and any(len(a.numbers) == len(parts) > 1 and not a.counted for a in numbers):
        return 1.0, None
    plain = [a for a in numbers if "/" not in a.unit and a.unit not in ("%", "h") and len(a.numbers) == 1]
    if said and len(plain) == len(parts) > 1 and all(a.unit and not a.counted for a in plain):
        return 1.0, None
    if not plain or (len(parts) > 1 and len(plain) > 1):
        return None, None
    volume = next((a for a in plain if a.unit == "mL"), None)
    with_unit = volume or next((a for a in reversed(plain) if a.unit), None)
    return None, (with_unit or plain[0]).quantity()


def _strength_like(amount: Amount, left: Sequence[Token]) -> bool:
    """Tell whether `21 (...)` or a count of a package is meant, not what is taken at a time."""
    return amount.numbers[-1] > 12 or (amount.first > 0 and left[amount.first - 1].text in ("#", "disp"))


def _form(left: Sequence[Token], words: Words) -> str:
    texts = [token.text for token in left]
    release = next((words.release[text] for text in texts if text in words.release), "")
    form = " ".join(dict.fromkeys(words.spelt.get(text, text) for text in texts if text in words.forms))
    return f"{release} {form}".strip()


def _route(left: Sequence[Token], words: Words, form: str) -> str:
    texts = [token.text for token in left]
    named = [words.routes[text] for text in texts if text in words.routes]
    if "rectal" in named and any(word in texts for word in _LOCAL_RECTAL):
        return "topical"
    for strong in ("flush", "irrigation", "ophthalmic", "otic"):
        if strong in named:
            return strong
    if "sublingual" in named:
        return "sublingual"
    if named:
        return named[0]
    return next((route for text in form.split() if (route := words.forms.get(text))), "")


def _leftover(
    left: Sequence[Token], words: Words, mentions: Sequence[Mention], found: Sequence[Token]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return unknown words that may be a drug of their own, and the other unknown words."""
    places = [found[mention.first].start for mention in mentions]
    unresolved: list[str] = []
    unread: list[str] = []
    for segment, start, end in _segments(left):
        odd = [t.text for t in segment if not t.is_number and not t.is_sign and not words.knows(t.text)]
        odd = [word for word in odd if len(word) > 1]
        if odd and not any(start <= place < end for place in places):
            unresolved.append(" ".join(odd))
        else:
            unread += odd
    return tuple(unresolved), tuple(unread)


def _segments(left: Sequence[Token]) -> Iterable[tuple[list[Token], int, int]]:
    """Yield the parts of a text between ` / `, `+` and brackets, with where each begins and ends."""
    segment: list[Token] = []
    start = 0
    for place, token in enumerate(left):
        if token.text in "+{}[](" or (token.text == "/" and _stands_free(left, place)):
            yield segment, start, token.start
            segment, start = [], token.end
        else:
            segment.append(token)
    yield segment, start, 10**9


def _stands_free(left: Sequence[Token], place: int) -> bool:
    before = left[place - 1].end if place else -2
    after = left[place + 1].start if place + 1 < len(left) else 10**9
    return left[place].start > before and after > left[place].end
