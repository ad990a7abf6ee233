"""Places below a state and organisations: hospitals, schools, employers, streets, towns, counties, rooms."""

import re
from collections.abc import Iterator

from cds.privacy.scrub.lexicon import CLINIC, FAMILY, GIVEN, PLACE, WORD, listed, strength, towns
from cds.privacy.scrub.lots import numbered_homes
from cds.privacy.scrub.patterns import pattern, tried
from cds.privacy.scrub.roads import streets
from cds.privacy.scrub.spans import Found
from cds.privacy.scrub.tokens import Tokens
from cds.privacy.scrub.weighing import never

LOCATION = "LOCATION"
_ROADS = frozenset(
    {"st", "rd", "road", "ave", "avenue", "blvd", "boulevard", "ln", "pkwy", "parkway", "street"}
)
_AT_WORK = frozenset(
    {"student", "students", "studies", "studying", "freshman", "sophomore", "junior", "senior", "professor"}
    | {"undergrad", "undergraduate", "adjunct", "teaches", "taught", "colleague", "colleagues", "enrolled"}
    | {"employed", "coach", "janitor", "nurse", "fellow", "work", "works", "working"}
)
_ROUTES = frozenset({"bia", "rte", "rt", "fm", "rm", "cr", "sr", "sh", "us", "tx", "loop", "spur"}) | (
    listed("state_codes") - listed("worded_codes")
)
_HOUSED = frozenset({"addr", "address", "lives", "living", "resides", "residing", "house", "moved"})
_TOWARDS = frozenset({"in", "from", "near", "of", "to", "at", "around", "visiting", "lives", "outside"})
_CODED = frozenset({"zip", "zipcode", "post", "postcode", "postal", "postalcode"})
_EMPLOYING = frozenset(
    {"at", "for", "by", "with", "from", "to", "employer", "school", "facility", "hospital", "location"}
    | {"pharmacy", "daycare", "church", "mosque", "temple", "gym", "shelter", "camp", "dialysis", "nursing"}
    | {"snf", "rehab", "place", "birthplace", "hometown", "workplace", "site", "clinic"}
)
"""Words after which an employer or another place is named."""
_STOP = re.compile(r"(?<=[a-z]{4})(?<!hosp)(?<!univ)(?<!ssoc)(?<!dept)(?<!bros)(?<!meml)\.\s", re.IGNORECASE)
"""A sentence that ends within words with capitals: "at Lansing. Safe"."""
_NEXT = re.compile(r"\s(?:\#?\d{2}\s?(?:mm\s)?)?([A-Za-z]+)")


def patterned(made: Tokens) -> Iterator[Found]:
    """Yield places that a pattern of letters and figures tells."""
    text, words = made.figures, frozenset(made.low)
    yield from streets(made)
    yield from _cities(made)
    yield from _zips(made)
    if not words.isdisjoint({"apt", "apartment", "suite", "ste"}):
        units = pattern("places.unit").finditer(text)
        yield from ((*m.span(), LOCATION) for m in units if any(c.isdigit() for c in m["v"]))
    if not words.isdisjoint(listed("county_words")):
        yield from (found for m in pattern("places.county").finditer(text) for found in _county(m))
    if not words.isdisjoint(listed("saint_words")):
        yield from _saints(text)
    if not words.isdisjoint(listed("landed_words")):
        yield from _landed(text)
    yield from _by_road_or_work(text, words)
    yield from numbered_homes(made)
    yield from _employers(made)


def _cities(made: Tokens) -> Iterator[Found]:
    """Yield towns before their state."""
    text = made.figures
    for match in tried(pattern("places.city_state"), text, made.capital):
        yield from _city(match)
    if "," in text:
        for match in tried(pattern("places.city_state_low"), text, made.starts_of(_TOWARDS)):
            yield from _city(match)
        for match in tried(pattern("places.upper_city"), text, made.capital):
            yield from _city(match)


def _by_road_or_work(text: str, words: frozenset[str]) -> Iterator[Found]:
    """Yield places on a road by its figures ("Exit 87", "mile marker 88") and schools by their letters."""
    if not words.isdisjoint({"exit", "mile", "milepost", "mm"}):
        yield from ((*m.span(str(m.lastgroup)), LOCATION) for m in pattern("places.trodden").finditer(text))
    if not words.isdisjoint(_ROADS):
        low = pattern("places.street_low").finditer(text)
        yield from ((*m.span("v"), LOCATION) for m in low if not _of_a_tracing(m["v"]))
    if not words.isdisjoint(_ROUTES):
        yield from ((*m.span("v"), LOCATION) for m in pattern("places.routed").finditer(text))
    if not words.isdisjoint(_HOUSED):
        yield from ((*m.span("v"), LOCATION) for m in pattern("places.housed").finditer(text))
    if not words.isdisjoint({"isd", "usd", "cusd"}):
        yield from ((*m.span("v"), LOCATION) for m in pattern("places.numbered").finditer(text))
    if not words.isdisjoint(_AT_WORK):
        yield from _campus(text)


def _of_a_tracing(found: str) -> bool:
    """Tell whether what looks like a street is a part of a tracing of the heart: "on anterior st"."""
    return found.endswith(" st") and bool(strength(found.split()[-2]) >> CLINIC & 3)


def _campus(text: str) -> Iterator[Found]:
    """Yield schools and employers by their letters where somebody studies or works: "student at UTEP"."""
    for match in pattern("places.campus").finditer(text):
        low = match["v"].lower()
        if low not in listed("abbreviations") and not strength(low) >> CLINIC & 3:
            yield *match.span("v"), LOCATION


def _landed(text: str) -> Iterator[Found]:
    """Yield places by their first word: "Fort Smith", "Lake Tahoe", "City of Tacoma"; "Ohio State"."""
    for match in pattern("places.landed").finditer(text):
        if not match["n"] or _names_land(match["n"].lower()):
            yield *match.span("v"), LOCATION


def _names_land(low: str) -> bool:
    flag = strength(low)
    return not never(low) and not flag >> CLINIC & 2 and low not in listed("generic")


def _saints(text: str) -> Iterator[Found]:
    """Yield hospitals, churches and towns named for saints, without the department after them."""
    for match in pattern("places.saint").finditer(text):
        if any(w in match["v"].lower().split() for w in listed("no_saints")):
            continue
        after = _NEXT.match(text, match.end("v"))
        if _is_saint(match["v"]) and not (after and after[1].lower() in listed("devices")):
            yield match.start("v"), match.start("v") + _without_department(match["v"]), LOCATION


def _zips(made: Tokens) -> Iterator[Found]:
    """Yield postal codes: five figures after a state or the word, nine anywhere, Canadian, British ones."""
    text = made.figures
    for match in tried(pattern("places.zip"), text, made.figured):
        start = match.start("v")
        if "-" in match["v"] or pattern("places.zip_before").search(text, max(0, start - 24), start):
            yield *match.span("v"), LOCATION
    coded = {made.start[at] for at in made.numbered}
    for match in tried(pattern("places.postcode"), text, sorted(coded.union(made.starts_of(_CODED)))):
        yield *match.span("v" if match["v"] else "w"), LOCATION


def _city(match: re.Match[str]) -> Iterator[Found]:
    words = list(re.split(r"[\s-]+", match["v"].lower().replace(".", "")))
    start = match.start("v")
    while words and (
        (never(words[0]) and words[0] not in listed("opening_towns"))
        or words[0] in listed("towards")
        or words[0] in listed("staff")
        or words[0] in listed("joins") - {"la", "las", "los", "san", "del", "de"}
    ):
        skipped = re.match(r"\S+?(?:[\s-]+|$)", match.string[start : match.end("v")])
        start += skipped.end() if skipped else 1
        words = words[1:]
    low = match["v"].islower()
    code = match["s"].lower() in listed("worded_codes")
    if (
        words
        and start < match.end("v")
        and not (low and len(words) == 1 and not match["z"] and not _place_like(words))
        and not (code and (not match["z"] and (low or not match["s"].isupper() or not _place_like(words))))
    ):
        yield start, match.end("v"), LOCATION
    if match["z"]:
        yield match.start("z") + len(match["z"]) - len(match["z"].lstrip(", \t\n")), match.end("z"), LOCATION


def _place_like(words: list[str]) -> bool:
    if words[0] in towns() and any(tuple(words[1:]) == rest for rest in towns()[words[0]]):
        return True
    flag = strength(words[-1])
    return len(words) <= 3 and (bool(flag >> PLACE & 3) or (not flag >> WORD & 3 and not flag >> CLINIC & 3))


def _county(match: re.Match[str]) -> Iterator[Found]:
    words = match["v"].split()
    start = match.start("v")
    while (
        len(words) > 1
        and never(words[0].lower())
        and words[0].lower() not in {"new", "north", "south", "east", "west"}
    ):
        start += len(words[0]) + 1
        words = words[1:]
    if len(words) > 1 and words[0].lower() not in {"the", "this", "our"}:
        yield start, match.end("v"), LOCATION


def _without_department(found: str) -> int:
    """Return how long a hospital's name is without the department after it."""
    end = len(found)
    while (
        " " in found[:end].strip()
        and found[:end].rsplit(maxsplit=1)[-1].lower() in listed("departments")
        and len(found[:end].split()) > 2
    ):
        end = len(found[: end - len(found[:end].rsplit(maxsplit=1)[-1])].rstrip())
    return end


def _is_saint(found: str) -> bool:
    words = found.lower().replace(".", "").split()
    if words[0] in {"san", "santa", "sta", "ste"}:
        return found[0].isupper() and found.split()[1][:1].isupper()
    if found[0].islower():
        return words[1].rstrip("s").rstrip("'’") in listed("saints")
    return words[1][:1].isalpha() and (found.split()[1][:1].isupper())


def _employers(made: Tokens) -> Iterator[Found]:
    text = made.figures
    for match in tried(pattern("places.employed"), text, made.starts_of(_EMPLOYING)):
        value = match["v"]
        if "." in value and (stop := _STOP.search(value)):
            value = value[: stop.start()]
        words, end = value.split(), match.start("v") + len(value)
        if pattern("places.not_employer").match(match["v"]) or all(
            never(w.lower().strip(".,'’")) or (w.isupper() and len(w) < 5) for w in words
        ):
            continue
        low = match[0].lower()
        labelled = low[:3] not in {"at ", "for", "by ", "wit", "fro", "to "}
        if not labelled and low[:3] in {"at ", "for", "by ", "wit", "fro", "to "}:
            doing = pattern("places.doing").search(text, max(0, match.start() - 50), match.start())
            if doing is None:
                continue
            low = doing[0].lower()
        if labelled and len(words) == 1 and common(words[0].lower().strip(".,'’")):
            continue
        told = labelled or pattern("places.told").search(low)
        placed = any(w.lower().strip(".,") in listed("facilities") for w in words)
        if told or placed or _towards_place(words):
            while words and (
                never(words[-1].lower().strip(".,'’"))
                and words[-1].lower() not in listed("facilities")
                and not (told and words[-1].lower().strip(".,'’") in listed("firm_ends"))
            ):
                end -= len(words[-1]) + 1
                words = words[:-1]
            end -= len(match["v"][: end - match.start("v")]) - len(
                match["v"][: end - match.start("v")].rstrip(" .,")
            )
            if words and any(w.lower().strip(".,'’") not in listed("generic") for w in words):
                yield match.start("v"), end, LOCATION


def common(low: str) -> bool:
    """Tell whether the one word that a label has is a word of the language or of medicine."""
    flags = strength(low)
    named = flags >> PLACE & 3 >= 2 or flags >> GIVEN & 3 >= 2 or flags >> FAMILY & 3 >= 2
    if not flags:
        return pattern("words.clinical_ending").search(low) is not None
    return bool(flags >> CLINIC & 3) or (flags >> WORD & 3 >= 2 and not named) or flags >> WORD & 3 == 3


def _towards_place(words: list[str]) -> bool:
    flag = strength(words[0].lower().strip(".,'’").removesuffix("'s"))
    return len(words) <= 3 and flag >> PLACE & 3 >= 2 and not flag >> CLINIC & 3
