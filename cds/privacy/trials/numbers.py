"""Numbers and codes that lead to a person: each class in the separators, prefixes and lengths people use."""

import string
from collections.abc import Callable, Iterator
from random import Random
from typing import Final

from cds.privacy.trials.people import person
from cds.privacy.trials.trial import EITHER, Piece

_SEPARATORS: Final = ("-", "-", "-", " ", ".", "", "–", " - ")


_ELSEWHERE: Final = 0.15
"""Share of the national numbers that are of other countries."""


def _digits(chance: Random, many: int) -> str:
    return "".join(chance.choices(string.digits, k=many))


def _letters(chance: Random, many: int) -> str:
    return "".join(chance.choices("ABCDEFGHJKLMNPQRSTUVWXYZ", k=many))


def phone_number(chance: Random) -> str:
    """Return a telephone number, mostly North American, sometimes from elsewhere."""
    area, mid, last = str(chance.randrange(201, 989)), str(chance.randrange(200, 999)), _digits(chance, 4)
    ways = (
        f"({area}) {mid}-{last}",
        f"{area}-{mid}-{last}",
        f"{area}.{mid}.{last}",
        f"{area} {mid} {last}",
        f"1-{area}-{mid}-{last}",
        f"+1 ({area}) {mid} {last}",
        f"({area}){mid}-{last}",
        f"{area}{mid}{last}",
        f"{mid}-{last}",
        f"{area}-{mid}-{last} x{_digits(chance, 4)}",
        f"{area}/{mid}-{last}",
        f"+44 20 {_digits(chance, 4)} {last}",
        f"+49 {area} {_digits(chance, 7)}",
        f"07{_digits(chance, 3)} {_digits(chance, 6)}",
        f"+91 {_digits(chance, 5)} {_digits(chance, 5)}",
        f"{area}–{mid}–{last}",
        f"9{_digits(chance, 4)} {_digits(chance, 5)}",
        f"{_digits(chance, 2)} {_digits(chance, 4)} {last}",
        f"0{_digits(chance, 3)} {_digits(chance, 4)} {_digits(chance, 3)}",
    )
    return chance.choice(ways)


def _ssn(chance: Random) -> str:
    joint = chance.choice(_SEPARATORS)
    area, group, serial = chance.randrange(1, 900), chance.randrange(1, 100), chance.randrange(1, 10000)
    if chance.random() < _ELSEWHERE:
        return _tag("99.999.999-9", "999999-9999", "999.999.999-99", "A9999999A", "99999999A")(chance)
    return f"{area:03d}{joint}{group:02d}{joint}{serial:04d}"


def _ssn_end(chance: Random) -> Iterator[Piece]:
    """Yield the last four digits, sometimes behind a mask that may stay."""
    yield Piece(chance.choice(("", "", "xxx-xx-", "***-**-", "XXX-XX-")), EITHER)
    yield Piece(_digits(chance, 4), "SSN", "ssn.last4")


def _mrn(chance: Random) -> str:
    ways = (
        _digits(chance, 7),
        _digits(chance, 8),
        _digits(chance, 6),
        f"{_digits(chance, 3)}-{_digits(chance, 2)}-{_digits(chance, 2)}",
        f"{_letters(chance, 1)}{_digits(chance, 7)}",
        f"{_digits(chance, 3)} {_digits(chance, 3)} {_digits(chance, 3)}",
        f"{_letters(chance, 2)}-{_digits(chance, 6)}",
        f"00{_digits(chance, 7)}",
        f"{_digits(chance, 6)}-{_digits(chance, 1)}",
        _tag("99-99-99", "AAA9999", "A 99 999 999", "AAA 9999/99", "A99 9999", "9999-999", "AA 9999-99")(
            chance
        ),
    )
    return chance.choice(ways)


def _plan(chance: Random) -> str:
    ways = (
        f"{_letters(chance, 3)}{_digits(chance, 9)}",
        f"{_letters(chance, 1)}{_digits(chance, 8)}-{_digits(chance, 2)}",
        _tag("9A99-AA9-AA99")(chance),
        _digits(chance, 11),
        f"{_digits(chance, 3)}-{_digits(chance, 3)}-{_digits(chance, 3)}A",
        f"W{_digits(chance, 4)} {_digits(chance, 5)}",
        f"GRP-{_digits(chance, 6)}",
        f"{_letters(chance, 4)} {_digits(chance, 4)} {_digits(chance, 4)}",
    )
    return chance.choice(ways)


def _account(chance: Random) -> str:
    ways = (
        _digits(chance, 10),
        f"{_digits(chance, 4)}-{_digits(chance, 4)}-{_digits(chance, 4)}-{_digits(chance, 4)}",
        f"{_letters(chance, 2)}{_digits(chance, 8)}",
        f"{_digits(chance, 4)} {_digits(chance, 4)} {_digits(chance, 2)}",
        f"HAR{_digits(chance, 9)}",
        f"{_digits(chance, 6)}/{_digits(chance, 3)}",
    )
    return chance.choice(ways)


def _licence(chance: Random) -> str:
    ways = (
        f"{_letters(chance, 1)}{_digits(chance, 7)}",
        f"{_letters(chance, 1)}{_digits(chance, 3)}-{_digits(chance, 4)}-{_digits(chance, 4)}",
        f"MD{_digits(chance, 6)}",
        f"RN-{_digits(chance, 7)}",
        f"{_letters(chance, 2)}{_digits(chance, 5)}{_letters(chance, 1)}",
    )
    return chance.choice(ways)


def _dea(chance: Random) -> str:
    return f"{chance.choice('ABFM')}{_letters(chance, 1)}{_digits(chance, 7)}"


def _npi(chance: Random) -> str:
    return f"1{_digits(chance, 9)}"


def _plate(chance: Random) -> str:
    ways = (
        f"{_letters(chance, 3)}-{_digits(chance, 4)}",
        f"{_letters(chance, 3)} {_digits(chance, 3)}",
        f"{_digits(chance, 1)}{_letters(chance, 3)}{_digits(chance, 3)}",
        f"{_digits(chance, 3)}-{_letters(chance, 3)}",
        f"{_letters(chance, 2)}{_digits(chance, 2)} {_letters(chance, 3)}",
        _tag("A-AA 9999", "AA-AA 999", "AAA 999A", "AA 9999-AA")(chance),
    )
    return chance.choice(ways)


def _vin(chance: Random) -> str:
    return (
        chance.choice("1234JKW")
        + "".join(chance.choices("ABCDEFGHJKLMNPRSTUVWXYZ0123456789", k=10))
        + _digits(chance, 6)
    )


def _serial(chance: Random) -> str:
    ways = (
        f"{_letters(chance, 3)}{_digits(chance, 6)}{_letters(chance, 1)}",
        f"SN{_digits(chance, 8)}",
        f"{_digits(chance, 4)}-{_letters(chance, 2)}-{_digits(chance, 5)}",
        f"{_letters(chance, 2)}{_digits(chance, 4)}{_letters(chance, 2)}{_digits(chance, 2)}",
        f"(01)0{_digits(chance, 13)}(21){_letters(chance, 1)}{_digits(chance, 7)}",
        _digits(chance, 9),
    )
    return chance.choice(ways)


def _url(chance: Random) -> str:
    who = person(chance, origin="english")
    ways = (
        f"https://portal.dunmerehealth.org/p/{_digits(chance, 6)}",
        f"www.{who.last.lower().replace(chr(39), '')}family.example/updates",
        f"http://caringpage.example/{who.first.lower()}{_digits(chance, 2)}",
        f"facebook.com/{who.first.lower()}.{_digits(chance, 4)}",
        f"https://pacs.kettle.example/view?study={_digits(chance, 7)}&u={who.first.lower()}",
        f"tinyclip.example/{_letters(chance, 5)}",
    )
    return chance.choice(ways)


def _ip(chance: Random) -> str:
    return ".".join(str(chance.randrange(1, 255)) for _ in range(4))


def _ip6(chance: Random) -> str:
    groups = [f"{chance.randrange(65536):x}" for _ in range(4)]
    return chance.choice(
        (
            f"2001:db8:{groups[0]}::{groups[1]}",
            f"fe80::{':'.join(groups)}",
            f"2001:0db8:{':'.join(groups)}::1",
        )
    )


def _mac(chance: Random) -> str:
    return chance.choice((":", "-")).join(f"{chance.randrange(256):02X}" for _ in range(6))


def _biometric(chance: Random) -> str:
    ways = (
        f"FP-{_digits(chance, 4)}-{_letters(chance, 2)}",
        f"IRIS{_digits(chance, 7)}",
        f"VPRINT-{_digits(chance, 5)}",
        f"fp_tmpl_{_digits(chance, 6)}",
        f"RET-{_letters(chance, 1)}{_digits(chance, 5)}",
        f"BIO{_digits(chance, 6)}{_letters(chance, 1)}",
    )
    return chance.choice(ways)


def _photo(chance: Random) -> str:
    last = person(chance).last.split()[0].lower()
    ways = (
        f"IMG_{_digits(chance, 4)}.jpg",
        f"DSC{_digits(chance, 5)}.JPG",
        f"wound_{last}_{_digits(chance, 4)}.png",
        f"{last}-face-{_digits(chance, 2)}.jpeg",
        f"photo_{_digits(chance, 8)}_{_digits(chance, 6)}.heic",
        f"scan{_digits(chance, 3)}_{last}.tiff",
    )
    return chance.choice(ways)


def _accession(chance: Random) -> str:
    ways = (
        f"S{chance.randrange(10, 27)}-{_digits(chance, 5)}",
        f"ACC{_digits(chance, 8)}",
        f"{chance.randrange(2010, 2027)}-CT-{_digits(chance, 6)}",
        f"SP-{_digits(chance, 2)}-{_digits(chance, 6)}",
        f"C{_digits(chance, 2)}:{_digits(chance, 5)}",
        _digits(chance, 9),
    )
    return chance.choice(ways)


def _tag(*shapes: str) -> Callable[[Random], str]:
    """Return what draws a code: `9` becomes a digit and `A` a letter, other characters stand."""

    def draw(chance: Random) -> str:
        shape = chance.choice(shapes)
        return "".join(
            _digits(chance, 1) if c == "9" else _letters(chance, 1) if c == "A" else c for c in shape
        )

    return draw


_MAKERS: Final[dict[str, tuple[str, str, Callable[[Random], str]]]] = {
    "phone": ("PHONE", "phone", phone_number),
    "fax": ("FAX", "fax", phone_number),
    "ext": ("PHONE", "phone.extension", _tag("9999", "99999", "9-9999")),
    "pager": ("PHONE", "phone.pager", _tag("99999", "9999", "999-9999")),
    "ssn": ("SSN", "ssn", _ssn),
    "mrn": ("MRN", "mrn", _mrn),
    "plan": ("PLAN", "plan", _plan),
    "acct": ("ACCOUNT", "account", _account),
    "licence": ("LICENSE", "license", _licence),
    "dea": ("LICENSE", "license.dea", _dea),
    "npi": ("LICENSE", "license.npi", _npi),
    "plate": ("VEHICLE", "vehicle.plate", _plate),
    "vin": ("VEHICLE", "vehicle.vin", _vin),
    "serial": ("DEVICE", "device.serial", _serial),
    "url": ("URL", "url", _url),
    "ip": ("IP", "ip.v4", _ip),
    "ip6": ("IP", "ip.v6", _ip6),
    "mac": ("IP", "ip.mac", _mac),
    "bio": ("BIOMETRIC", "biometric", _biometric),
    "photo": ("PHOTO", "photo", _photo),
    "acc": ("ID", "id.accession", _accession),
    "study": ("ID", "id.study", _tag("999-9999", "AAA-99-999", "99-A-9999", "AAAAA-9999", "9999-99")),
    "badge": ("ID", "id.badge", _tag("99999", "A9999", "9999", "AA-9999")),
    "enc": ("ID", "id.encounter", _tag("999999999", "V99999999", "999-999-99", "E-999999")),
    "rx": ("ID", "id.prescription", _tag("9999999", "99999999-999", "A9999999")),
    "claim": ("ID", "id.claim", _tag("99-999999", "WC9999999", "CLM999999999", "AA99-9999-999")),
    "passport": ("ID", "id.passport", _tag("A99999999", "999999999")),
    "specimen": ("ID", "id.specimen", _tag("A99-9999", "99-999-9999", "B9999999", "AA99999")),
    "inmate": ("ID", "id.case", _tag("A-999999", "99-CR-9999", "9999999")),
}


def _one(kind: str, form: str, make: Callable[[Random], str]) -> Callable[[Random], Iterator[Piece]]:
    return lambda chance: iter((Piece(make(chance), kind, form),))


SLOTS: Final[dict[str, Callable[[Random], Iterator[Piece]]]] = {
    "ssnend": _ssn_end,
    **{name: _one(*row) for name, row in _MAKERS.items()},
}
