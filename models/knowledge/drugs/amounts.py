"""Amounts in a text: strengths, doses and counts of tablets, as far as they are written."""

from collections.abc import Sequence
from dataclasses import dataclass

from models.knowledge.drugs.words import SEPARATORS, Token, Words
from models.record import Quantity

_PACKAGE = frozenset({"h", "mL", "actuat", ""})
"""Units of what stands before a name in a display: `24 HR`, `10 ML`, `200 ACTUAT`."""

_MASSES = frozenset({"mg", "ug", "g"})


@dataclass(frozen=True, slots=True)
class Amount:
    """Numbers that stand together with their unit: `5-325 mg` has two, `10 mg/mL` a unit with a `/`."""

    numbers: tuple[float, ...]
    unit: str
    first: int
    counted: bool = False
    """Whether this counts tablets, puffs or the like; `unit` then says which."""

    def quantity(self, position: int = 0) -> Quantity:
        """Return one of the numbers with the unit."""
        return Quantity(self.numbers[position], self.unit)

    @property
    def is_package(self) -> bool:
        """Tell whether this says how much is in a package or how long it lasts."""
        return self.unit in _PACKAGE and not self.counted


def amounts(found: Sequence[Token], words: Words) -> tuple[Amount, ...]:
    """Return the amounts of a text in order."""
    result: list[Amount] = []
    place = 0
    while place < len(found):
        if not found[place].is_number:
            place += 1
            continue
        amount, place = _amount(found, place, words)
        result.append(amount)
    return tuple(result)


def _amount(found: Sequence[Token], first: int, words: Words) -> tuple[Amount, int]:
    numbers, place = _numbers(found, first)
    unit = words.units.get(_text(found, place))
    counted = words.counted.get(_text(found, place))
    if counted is not None and unit is None:
        return Amount(_fraction(numbers, found, first), counted, first, counted=True), place + 1
    if unit is None:
        return Amount(numbers, "", first), place
    unit, numbers, place = _with_denominator(found, place + 1, unit, numbers, words)
    return Amount(numbers, unit, first), place


def _numbers(found: Sequence[Token], place: int) -> tuple[tuple[float, ...], int]:
    numbers = [found[place].number]
    place += 1
    while _text(found, place) in SEPARATORS and _is_number(found, place + 1) and _close(found, place):
        numbers.append(found[place + 1].number)
        place += 2
    if _text(found, place) == "-" and _text(found, place + 1) not in SEPARATORS:
        place += 1
    return tuple(numbers), place


def _close(found: Sequence[Token], place: int) -> bool:
    """Tell whether a sign joins numbers: `5-325` and `5/325`, but not `10 mg, 2 tablets`."""
    return found[place].text in "-/" and found[place + 1].start - found[place - 1].end <= 3


def _fraction(numbers: tuple[float, ...], found: Sequence[Token], first: int) -> tuple[float, ...]:
    """Return `1/2 tablet` as a half and `1-2 tablets` as it is."""
    halved = len(numbers) == 2 and _text(found, first + 1) == "/" and numbers[1]
    return (numbers[0] / numbers[1],) if halved else numbers


def _with_denominator(
    found: Sequence[Token], place: int, unit: str, numbers: tuple[float, ...], words: Words
) -> tuple[str, tuple[float, ...], int]:
    if _text(found, place) not in ("/", "per") or not _joined(found, place):
        return unit, numbers, place
    by = 1.0
    after = place + 1
    if _is_number(found, after):
        by, after = found[after].number, after + 1
    lower = words.units.get(_text(found, after)) or _counted_unit(_text(found, after), words)
    if lower is None:
        return unit, numbers, place
    if lower in ("tablet", "capsule"):
        return unit, numbers, after + 1
    if unit in _MASSES and lower in _MASSES and after > place + 1 and by > 1:
        # `5 mg/325 mg` are two ingredients of one tablet; `10 mg/g` and `10 mg/1 g` are a concentration.
        return unit, numbers, place
    return f"{unit}/{lower}", tuple(round(number / by, 6) for number in numbers), after + 1


def _joined(found: Sequence[Token], place: int) -> bool:
    """Tell whether what follows belongs to the unit; where a name stood between, it does not."""
    after = found[place + 1].start if place + 1 < len(found) else 10**9
    return found[place].start - found[place - 1].end <= 1 and after - found[place].end <= 1


def _counted_unit(text: str, words: Words) -> str | None:
    return "actuat" if text in ("actuation", "puff", "spray", "inhalation") else words.counted.get(text)


def _text(found: Sequence[Token], place: int) -> str:
    return found[place].text if place < len(found) else ""


def _is_number(found: Sequence[Token], place: int) -> bool:
    return place < len(found) and found[place].is_number
