"""Tests of shaped identifiers: check digits, ranges, and what only looks like one."""

import re
from collections.abc import Callable

from cds.privacy.scrub.lexicon import CLINIC, FAMILY, GIVEN, PLACE, WORD, eponyms, listed, plain, strength
from cds.privacy.scrub.patterns import pattern

_VIN_SIGNS = "ABCDEFGHJKLMNPRSTUVWXYZ0123456789"
_VIN_VALUES = {sign: int(v) for sign, v in zip(_VIN_SIGNS, "123456781234579234567890123456789", strict=True)}
_VIN_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)

_SHIFT = re.compile(r"(?<!\d)(?:[01]\d|2[0-3])(?:00|15|30|45)-(?:[01]\d|2[0-3])(?:00|15|30|45)$")
"""The hours of a shift: "NOTE 1900-0700"."""

Check = Callable[[str, str, int], bool]
"""Takes the value, the whole text, and where the value begins."""


def digits(value: str) -> str:
    """Return the digits of a value."""
    return "".join(c for c in value if c in "0123456789")


def luhn(number: str) -> bool:
    """Tell whether the last digit is the check digit of the rest (ISO/IEC 7812-1)."""
    total = 0
    for at, digit in enumerate(reversed(number)):
        step = int(digit) * (1 + at % 2)
        total += step - 9 if step > 9 else step
    return total % 10 == 0


def _card(value: str, _text: str, _at: int) -> bool:
    number = digits(value)
    return 13 <= len(number) <= 19 and luhn(number)


def _npi(value: str, _text: str, _at: int) -> bool:
    """Check a National Provider Identifier, whose check digit counts the prefix 80840 (45 CFR 162.406)."""
    return luhn(f"80840{value}")


def _vin(value: str, _text: str, _at: int) -> bool:
    """Check the ninth sign (49 CFR 565.15), or both letters and four digits at the end."""
    if sum(c.isalpha() for c in value) < 2:
        return False
    total = sum(_VIN_VALUES[c] * w for c, w in zip(value, _VIN_WEIGHTS, strict=True)) % 11
    return value[8] == ("X" if total == 10 else str(total)) or value[-4:].isdigit()


def _iban(value: str, _text: str, _at: int) -> bool:
    """Check the remainder of an account number (ISO 13616)."""
    bare = value.replace(" ", "")
    if not 15 <= len(bare) <= 34:
        return False
    return int("".join(str(int(c, 36)) for c in bare[4:] + bare[:4])) % 97 == 1


def _ssn(value: str, text: str, at: int) -> bool:
    """Refuse what is a range or a telephone number cut short; invalid areas are removed all the same."""
    return (
        " " not in value
        or not value[:3].isdigit()
        or pattern("checks.unit_after").match(text, at + len(value)) is None
    )


def _ipv4(value: str, _text: str, _at: int) -> bool:
    parts = re.split(r"[/:]", value)[0].split(".")
    return all(not p.isdigit() or int(p) < 256 for p in parts) and sum(p.isdigit() for p in parts) >= 2


def _ipv6(value: str, _text: str, _at: int) -> bool:
    """Tell an address from a time or a ratio: eight groups, or two groups with two colons between."""
    groups = value.split("%", maxsplit=1)[0].split("/", maxsplit=1)[0].split(":")
    if "::" in value:
        return (sum(bool(g) for g in groups) >= 2 and not value.startswith("::")) or value.startswith(
            "::ffff"
        )
    return len(groups) == 8 and all(groups)


def _domain(value: str, _text: str, _at: int) -> bool:
    """Refuse a sentence whose next word was glued to it ("given.Us")."""
    host = value.split("/", maxsplit=1)[0].split(":", maxsplit=1)[0]
    last = host.rsplit(".", 1)[-1].lower()
    return (
        "/" in value
        or last not in {"me", "us", "ca", "med", "care", "test", "link", "doctor"}
        or host.count(".") > 1
    )


def _phone(value: str, text: str, at: int) -> bool:
    return 7 <= len(digits(value)) <= 21 and pattern("checks.unit_after").match(text, at + len(value)) is None


def _local(value: str, text: str, at: int) -> bool:
    """Refuse a range ("platelets 150-4000") and a code of LOINC ("2160-0" is shorter)."""
    return (
        pattern("checks.unit_after").match(text, at + len(value)) is None
        and not public(text, at)
        and not measured(text, at)
    )


def measured(text: str, at: int) -> bool:
    """Tell whether the word before says that values of a test follow ("CK 436-1208-8678")."""
    return pattern("checks.lab_before").search(text, max(0, at - 30), at) is not None


def public(text: str, at: int) -> bool:
    """Tell whether the words before say that a published code follows, or one of a catalogue."""
    if pattern("checks.public_before").search(text, max(0, at - 40), at) is not None:
        return True
    before = pattern("checks.catalogue_before").search(text, max(0, at - 12), at)
    return before is not None and pattern("checks.catalogue").match(text, at) is not None


def _long(value: str, text: str, at: int) -> bool:
    if pattern("checks.round").fullmatch(value) or public(text, at) or measured(text, at):
        return False
    return _SHIFT.search(value) is None and pattern("checks.unit_after").match(text, at + len(value)) is None


def _mixed(value: str, text: str, at: int) -> bool:
    return not pattern("checks.public").fullmatch(value) and not public(text, at) and len(digits(value)) >= 5


def _grouped(value: str, text: str, at: int) -> bool:
    """Tell an identifier in groups ("ZGP-4471-X") from a compound ("T11-12", "5-HT2A", "anti-IL6")."""
    if pattern("checks.public").fullmatch(value):
        return False
    parts = re.split(r"[-_]", value)
    long_numbers = sum(len(p) >= 3 and p.isdigit() for p in parts)
    mixed = sum(any(c.isdigit() for c in p) and any(c.isalpha() for c in p) and len(p) >= 4 for p in parts)
    worded = sum(p.isalpha() and (len(p) > 5 or (p.islower() and strength(p) > 0)) for p in parts)
    if len(parts) > 2 and len(digits(value)) >= 4 and worded == 0:  # As in "QX-77-41B".
        return any(c.isalpha() for c in value)
    if public(text, at):
        return False
    return (long_numbers >= 1 and len(digits(value)) >= 4 and worded == 0) or (
        mixed >= 1 and len(digits(value)) >= 4 and worded == 0
    )


def _nanp(value: str, text: str, at: int) -> bool:
    """Refuse values in a row ("CK 436-1208-8678"), of which none begins with a nought."""
    last = re.split(r"\D", value)[-1]
    return (last[:1] == "0" or not measured(text, at)) and not public(text, at)


def _coded(value: str, text: str, at: int) -> bool:
    """Tell a serial number ("AY6611ZZ60") from an acronym with figures: four figures and two letters."""
    number = len(digits(value))
    return (
        number >= 4
        and len(value) - number >= 2
        and not pattern("checks.public").fullmatch(value)
        and not public(text, at)
    )


def _plan(value: str, text: str, at: int) -> bool:
    """Refuse an ordinary word before two years or doses ("from 2019 2020")."""
    word = re.match(r"[A-Za-z]+", value)
    common = word is not None and len(word[0]) > 1 and strength(word[0].lower()) >> WORD & 3 >= 2
    return not common and not public(text, at) and not measured(text, at)


def _person(value: str, text: str, at: int) -> bool:
    """Refuse the parts of a message that are no name: codes of units, languages, kinds of message."""
    first = value.split("^", maxsplit=1)[0]
    return len(first) > 1 and text[max(0, at - 4) : at] != "MSH|" and not value.startswith(("NM^", "CE^"))


def _filed(value: str, _text: str, _at: int) -> bool:
    """Tell "WARD, LONG E" from two words and a letter: one of the two is a name, or nobody's word at all."""
    family, _, given = value.partition(",")
    first, second = plain(family.split()[0].split("-")[0]), plain(given.split()[0].split("-")[0])
    if first in listed("closings") or family.lower() in listed("closings"):
        return False
    if (first in listed("never") and second in listed("never")) or second in listed("state_codes"):
        return False
    flags, other = strength(first), strength(second)
    if len(second) == 1:
        return (flags >> FAMILY & 3 >= 2 or not flags) and not flags >> CLINIC & 3 and len(first) > 3
    known = other >> GIVEN & 3 == 3 or (other >> GIVEN & 2 and not other >> WORD & 2)
    if len(given.split()) == 1 and not known:
        return False
    named = other >> GIVEN & 3 >= 2 or flags >> FAMILY & 3 >= 2 or not (flags and other)
    return named and not (flags >> CLINIC & 2 and other >> CLINIC & 2)


def _unworded(value: str, _text: str, _at: int) -> bool:
    """Tell whether what stands where a user name stands is no word of the language."""
    return not strength(value) >> WORD & 3 and not strength(value) >> CLINIC & 3


def _dashed(value: str, text: str, at: int) -> bool:
    return len(digits(value)) >= 7 and _long(value, text, at)


def _numbered(value: str, text: str, at: int) -> bool:
    """Tell whether a value after "payroll no." is no date, no count and nothing that everybody may know."""
    if pattern("shapes.date").match(value) or public(text, at):
        return False
    return pattern("checks.counted_before").search(text, max(0, at - 30), at) is None


def _spread(value: str, text: str, at: int) -> bool:
    """Tell a number in groups ("33 5550 0184", "C 28 114 903") from values in a row ("120 118 131")."""
    groups = [part for part in value.split() if part.isdigit()]
    lettered = len(groups) < len(value.split())
    head = value.split(maxsplit=1)[0].lower()
    if lettered and (strength(head) >> CLINIC & 3 or head in listed("not_values")):
        return False
    if len("".join(groups)) < (7 if lettered else 9) or all(
        pattern("checks.year").fullmatch(g) for g in groups
    ):
        return False
    telling = lettered or any(len(g) > 3 or g[0] == "0" for g in groups)
    return telling and value.split(maxsplit=1)[0] not in _VITALS and _long(value, text, at)


_VITALS = frozenset(
    {"T", "P", "R", "K", "BP", "HR", "RR", "WBC", "PLT", "CK", "NA", "GLU", "BG", "LDL", "AST", "ALT"}
)


def _slashed(value: str, text: str, at: int) -> bool:
    """Tell a record number ("TTH 4471/19") from the strengths of a combination ("FDC 1000/50")."""
    head = re.match(r"[A-Z]+", value)
    low = head[0].lower() if head else ""
    if pattern("shapes.date").match(value[len(low) :].strip()):
        return False
    return not strength(low) >> CLINIC & 3 and low not in listed("abbreviations") and _long(value, text, at)


def _lettered(value: str, text: str, at: int) -> bool:
    """Tell a number that begins with letters ("ZAC5361") from a published name."""
    head = re.match(r"[A-Za-z]+", value)
    low = head[0].lower() if head else ""
    known = low in listed("abbreviations") or strength(low) >> CLINIC & 3 or low in listed("units")
    known = known or low in eponyms() or low in listed("registers")
    return not known and not pattern("checks.public").fullmatch(value) and not public(text, at)


def _plated(value: str, text: str, at: int) -> bool:
    """Tell a plate ("M-AB 1234") from a score or a device with its number ("SES-CD 17", "EZ-IO 25")."""
    first, _, second = value.split(" ", maxsplit=1)[0].lower().partition("-")
    known = {first, second} & (listed("abbreviations") | listed("measures"))
    return not (known and len(first) > 1) and _lettered(value, text, at)


def _stamped(value: str, text: str, at: int) -> bool:
    """Tell the number of a stamp or a unit ("OECV 0418") from the value of a test ("NTBNP 1120")."""
    low = value.split(" ", maxsplit=1)[0].lower()
    return (
        not strength(low)
        and low not in listed("registers")
        and low not in eponyms()
        and low not in listed("units")
        and low not in listed("measures")
        and _lettered(value, text, at)
    )


def _town(value: str, _text: str, _at: int) -> bool:
    """Tell whether words beside a postcode or the letters of a province are a town and no test or drug."""
    words = [part for part in re.split(r"[ ,-]+", value) if part[:1].isupper() and part[1:2].islower()]
    flags = [strength(plain(word)) for word in words]
    if any(plain(word) in eponyms() or plain(word) in listed("never") for word in words):
        return False
    if any(flag >> CLINIC & 3 and not flag >> PLACE & 3 for flag in flags):
        return False
    return any(flag >> PLACE & 3 for flag in flags) or not any(flag >> WORD & 3 for flag in flags)


def _handle(value: str, text: str, at: int) -> bool:
    """Tell a user name ("kgarrity88", "t_okeke") from a word with its number."""
    parts = [part.rstrip("0123456789") for part in value.split("_")]
    worded = [
        part for part in parts if strength(part) >> WORD & 3 or strength(part) >> CLINIC & 3 or len(part) < 3
    ]
    return (
        len(worded) < len(parts) and len(parts[-1]) > 2 and parts[-1] not in worded and not public(text, at)
    )


CHECKS: dict[str, Check] = {
    "luhn": _card, "npi": _npi,
    "vin": _vin, "iban": _iban, "ssn": _ssn, "ipv4": _ipv4, "ipv6": _ipv6, "domain": _domain,
    "phone": _phone, "local": _local, "long": _long, "mixed": _mixed, "grouped": _grouped,
    "dashed": _dashed, "nanp": _nanp, "coded": _coded, "plan": _plan,
    "person": _person, "unworded": _unworded, "filed": _filed, "numbered": _numbered,
    "spread": _spread, "slashed": _slashed, "lettered": _lettered, "stamped": _stamped, "handle": _handle,
    "town": _town, "plated": _plated,
}  # fmt: skip
