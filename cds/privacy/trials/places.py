"""Places and organisations of the trials: streets, towns, hospitals, schools, employers, shelters."""

from collections.abc import Callable, Iterator
from random import Random
from typing import Final

from cds.privacy.trials.parts import drawn
from cds.privacy.trials.people import person, table
from cds.privacy.trials.trial import EITHER, PLAIN, Piece

Draw = Callable[[Random], Iterator[Piece]]
Make = Callable[[Random], str]
_IN_BOTH: Final = frozenset(
    {"road_kinds", "hospital_kinds", "school_kinds", "care_kinds", "shelter_kinds", "states", "state_codes"}
)
_ELSEWHERE: Final = 0.12
"""Share of houses that are called as in other countries, the kind of house first."""
_HOUSES: Final = (
    "Hospital San", "Klinikum", "Hospital", "Clínica", "Ysbyty", "Spital", "Convent of the Holy",
    "Our Lady of", "Szpital", "Clinique", "Policlinico", "Our Savior's",
)  # fmt: skip
_SCHOOLS: Final = (
    "Colegio", "Grundschule am", "Escola de", "Lycée", "Scoil", "Ysgol", "Szkoła", "Escuela", "École de",
)  # fmt: skip


def _pick(chance: Random, key: str) -> str:
    words = table("places")[""][key]
    return chance.choice(words) if key in _IN_BOTH else drawn(words, chance)


def _town(chance: Random) -> str:
    return _pick(chance, "towns" if chance.random() < 0.7 else "real_towns")


def _street(chance: Random) -> str:
    number = chance.choice(
        (chance.randrange(1, 99), chance.randrange(100, 9999), chance.randrange(10000, 30000))
    )
    side = chance.choice(("", "", "", "N ", "SW ", "East "))
    home = chance.choice(
        ("", "", "", f", Apt {chance.randrange(1, 40)}{chance.choice('ABCD')}", f" #{chance.randrange(400)}")
    )
    return f"{number} {side}{_pick(chance, 'roads')} {_pick(chance, 'road_kinds')}{home}"


def _hospital(chance: Random) -> str:
    if chance.random() < _ELSEWHERE:
        return f"{chance.choice(_HOUSES)} {_town(chance)}"
    kind = _pick(chance, "hospital_kinds")
    last = person(chance, origin="english").last
    names = (
        _town(chance),
        _town(chance),
        f"St. {_pick(chance, 'saints')}",
        f"Mount {_pick(chance, 'saints')}",
        last,
    )
    return f"{chance.choice(names)} {kind}"


def _short_hospital(chance: Random) -> str:
    saint = _pick(chance, "saints")
    return chance.choice((f"St {saint}'s", f"{_town(chance)} Gen", f"{_town(chance)} VA", f"St. {saint}"))


def _school(chance: Random) -> str:
    names = (_town(chance), _pick(chance, "roads"), person(chance, origin="english").last)
    if chance.random() < _ELSEWHERE:
        return f"{chance.choice(_SCHOOLS)} {_town(chance)}"
    return f"{chance.choice(names)} {_pick(chance, 'school_kinds')}"


def _zip(chance: Random) -> str:
    code = f"{chance.randrange(1001, 99950):05d}"
    return f"{code}-{chance.randrange(1, 9999):04d}" if chance.random() < 0.2 else code


def _simple(key: str, form: str, *more: str) -> Draw:
    def draw(chance: Random) -> Iterator[Piece]:
        words = [_pick(chance, part) for part in (key, *more)]
        yield Piece(" ".join(words), "LOCATION", form)

    return draw


def _address(chance: Random) -> Iterator[Piece]:
    """Yield a whole address on one line or two; the state may stay."""
    yield Piece(_street(chance), "LOCATION", "loc.street")
    yield Piece(chance.choice((", ", "\n", "  ")), PLAIN)
    yield Piece(_town(chance), "LOCATION", "loc.town")
    yield Piece(chance.choice((", ", " ")), PLAIN)
    yield Piece(_pick(chance, "state_codes"), EITHER)
    yield Piece(" ", PLAIN)
    yield Piece(_zip(chance), "LOCATION", "loc.zip")


def _town_and_state(chance: Random) -> Iterator[Piece]:
    yield Piece(_town(chance), "LOCATION", "loc.town")
    yield Piece(", ", PLAIN)
    yield Piece(_pick(chance, "states" if chance.random() < 0.5 else "state_codes"), EITHER)


def _county(chance: Random) -> Iterator[Piece]:
    yield Piece(
        f"{_pick(chance, 'counties')} {chance.choice(('County', 'County', 'Parish', 'Co.'))}",
        "LOCATION",
        "loc.county",
    )


def _one(make: Make, form: str) -> Draw:
    def draw(chance: Random) -> Iterator[Piece]:
        yield Piece(make(chance), "LOCATION", form)

    return draw


SLOTS: Final[dict[str, Draw]] = {
    "street": _one(_street, "loc.street"),
    "town": _one(_town, "loc.town"),
    "townst": _town_and_state,
    "addr": _address,
    "zip": _one(_zip, "loc.zip"),
    "county": _county,
    "hosp": _one(_hospital, "loc.hospital"),
    "hospshort": _one(_short_hospital, "loc.hospital"),
    "school": _one(_school, "loc.school"),
    "emp": _simple("firms", "loc.employer"),
    "care": _simple("care_homes", "loc.carehome", "care_kinds"),
    "shelter": _simple("shelters", "loc.shelter", "shelter_kinds"),
    "church": _simple("churches", "loc.church"),
}
