"""Organisations by the noun that ends their names: hospitals, schools, shelters, employers."""

from cds.privacy.scrub.extent import CAPITAL, eponymous, low_at
from cds.privacy.scrub.lexicon import CLINIC, PLACE, WORD, listed, towns
from cds.privacy.scrub.tokens import INITIAL, LOWER, TITLE, Tokens
from cds.privacy.scrub.towns import fill, town
from cds.privacy.scrub.weighing import eponym, names, never, opens, weight

_OF_RECORDS = frozenset(
    {"record", "records", "history", "decision", "necessity", "director", "student", "leave"}
)
_GONE_TO = frozenset({"at", "from", "to", "@", "via"})


def mark_places(made: Tokens) -> None:
    """Give the category of places to tokens: facilities by their last noun, towns by the list."""
    facilities, short = listed("facilities"), listed("short_hospitals")
    for at, low in enumerate(made.low):
        if low in facilities and made.kind[at] in (*CAPITAL, LOWER):
            _facility(made, at)
        elif low in short:
            if made.kind[at] == TITLE:
                _shortened(made, at)
            elif made.kind[at] == LOWER:
                _facility_low(made, at)
    known, before = towns(), ""
    for at, low in enumerate(made.low):
        told = before in {"at", "in", ",", "a"} or low in known or made.flags[at] >> PLACE & 3
        if told and not made.taken[at] and made.kind[at] in (*CAPITAL, LOWER):
            town(made, at)
        before = low


def _shortened(made: Tokens, at: int) -> None:
    """As in "Texas Children's", "Tri-County Regional": a hospital without the word."""
    start = at
    while (
        start > 0
        and at - start < 4
        and made.gap(start).strip(" ") == ""
        and (made.kind[start - 1] == TITLE or made.word[start - 1] == "-")
    ):
        start -= 1
    named = [
        i
        for i in range(start, at)
        if made.kind[i] == TITLE and (made.low[i] not in listed("generic") or made.low[i] == "county")
    ]
    if made.low[at - 1] == "county" and at - start == 1 and not opens(made, start):
        fill(made, start, at + 1)
        return
    if (
        named
        and not any(never(made.low[i]) and made.low[i] not in listed("states") for i in named)
        and not eponymous(made, at + 1)
    ) and (made.low[at] not in {"general", "community"} or weight(made, named[-1]) > -2.6):
        fill(made, start, at + 1)


def _facility(made: Tokens, head: int) -> None:
    """Take the capitalised words before the noun of a facility, where one of them is not generic."""
    if made.taken[head] or (made.low[head] == "inc" and made.word[head + 1 : head + 2] == ["#"]):
        return
    if made.kind[head] == LOWER:
        _facility_low(made, head)
        return
    start = _chain_start(made, head)
    titled = made.low[start] in {"ms", "mrs", "mr", "miss"}
    words = [i for i in range(start, head) if not titled and made.kind[i] in (*CAPITAL, INITIAL)]
    telling = [
        i
        for i in words
        if made.low[i] not in listed("generic")
        and made.low[i] not in listed("facilities")
        and not (never(made.low[i]) and made.low[i] not in listed("states"))
    ]
    end = _chain_end(made, head)
    if any(made.low[i] == "of" and made.flags[i + 1] >> PLACE & 3 for i in range(head + 1, end - 1)):
        fill(made, start, end)
        return
    if not telling:
        after = [
            i
            for i in range(head + 1, end)
            if made.kind[i] in CAPITAL and made.low[i] not in listed("generic")
        ]
        if (
            after
            and made.low[head]
            in {"university", "hospital", "college", "bank", "church", "school", "institute", "academy"}
            and (
                made.flags[after[0]] >> PLACE & 3
                or made.low[after[0]] in listed("states")
                or not made.flags[after[0]]
            )
        ):
            fill(made, start, end)
        return
    if made.low[head] not in listed("strong_facilities") and not _tells(made, telling, head):
        return
    if all(
        made.flags[i] >> CLINIC & 3 == 3 and not names(made, i) >= 2 and not made.flags[i] >> PLACE & 3
        for i in telling
    ):
        return
    fill(made, start, end)


def _tells(made: Tokens, telling: list[int], head: int) -> bool:
    """Tell whether a weak noun ("Center", "Group", "House") ends the name of a facility."""
    low = made.low[head]
    if low in {"center", "centre"} and head - telling[0] > 2 and not eponym(made.low[telling[0]]):
        return True
    if low in listed("weak_facilities"):
        if len(telling) > 1 and not any(eponym(made.low[i]) or never(made.low[i]) for i in telling):
            return True
        return any(
            weight(made, i) > -2.6 or made.flags[i] >> PLACE & 3 >= 2 or names(made, i) >= 2 for i in telling
        ) and not (low in listed("wards") and opens(made, telling[0]) and weight(made, telling[0]) < 0)
    return False


def _chain_start(made: Tokens, head: int) -> int:
    start = head
    while start > 0 and head - start < 9:
        before = start - 1
        if made.text[made.end[before] : made.start[start]].strip(" ") not in {"", "'s", "’s"} or made.taken[
            before
        ] not in {"", "LOCATION"}:
            break
        if made.kind[before] in CAPITAL or made.kind[before] == INITIAL:
            if (
                never(made.low[before])
                and made.kind[before] == TITLE
                and opens(made, before)
                and made.low[before] not in listed("generic")
                and not (head - before > 2 and made.low[before] in listed("colours"))
            ):
                break
            start = before
        elif (
            (
                made.word[before] in {"-", "'", "’", "&", "."}
                or made.low[before] in {"of", "and", "the", "de", "la", "for", "at"}
            )
            and before > 0
            and made.kind[before - 1] in (*CAPITAL, INITIAL)
            and _joins(made, before)
        ):
            start = before
        else:
            break
    while start < head and (
        made.kind[start] not in CAPITAL
        or (
            never(made.low[start])
            and made.low[start] not in listed("generic")
            and made.low[start] not in listed("states")
        )
        or made.low[start] in listed("before_facilities")
    ):
        start += 1
    return start


def _joins(made: Tokens, at: int) -> bool:
    if made.word[at] == ".":
        return (
            made.low[at - 1] in {"st", "mt", "ft", "ste", "dr", "mr", "mrs"} or made.kind[at - 1] == INITIAL
        )
    if made.low[at] in {"and", "for", "at", "of"}:
        return (
            made.low[at - 1] in listed("facilities")
            or made.low[at - 1] in listed("joined_names")
            or (made.low[at] == "and" and names(made, at - 1) >= 1)
        )
    return True


def _chain_end(made: Tokens, head: int) -> int:
    """Return where the name of a facility ends: "Hospital of Springfield", "University of Ohio"."""
    end = head + 1
    while end < len(made.word) and made.gap(end) in {" ", ""}:
        low = made.low[end]
        if made.kind[end] in CAPITAL and low in listed("facilities"):
            end += 1
        elif (
            low in {"of", "at", "for", "-", "–"}
            and end + 1 < len(made.word)
            and made.kind[end + 1] in CAPITAL
            and not never_but_state(made, end + 1)
            and made.gap(end + 1) in {" ", ""}
        ):
            end += 2
            while (
                end < len(made.word)
                and made.kind[end] in CAPITAL
                and made.gap(end) == " "
                and not never_but_state(made, end)
            ):
                end += 1
        else:
            break
    return end


def never_but_state(made: Tokens, at: int) -> bool:
    """Tell whether a word is one of grammar or forms and no state, as in "University of Iowa"."""
    low = made.low[at]
    return (
        never(low)
        and low not in listed("states")
        and low not in {"north", "south", "east", "west", "new", "medicine", "nursing", "america"}
    )


def _facility_low(made: Tokens, head: int) -> None:
    """As in "at mercy general hospital", "lincoln high school", "oakwood nursing home"."""
    low = made.low[head]
    if low not in listed("low_facilities") or (low == "medical" and low_at(made, head + 1) in _OF_RECORDS):
        return
    start = head
    while start > 0 and head - start < 4 and made.gap(start) == " " and _low_part(made, start - 1):
        start -= 1
    while start < head and (made.low[start] in listed("generic") and made.low[start] != "memorial"):
        start += 1
    if start == head or (
        made.low[start - 1 : start]
        and made.low[start - 1]
        not in listed("towards")
        | {
            "the",
            "by",
            "with",
            "for",
            ",",
            "\n",
            "attends",
            "@",
            "and",
            "hx",
            "past",
            "via",
            "stays",
            "called",
            "labs",
            "sent",
        }
        and made.kind[start] == LOWER
    ):
        return
    telling = [
        i
        for i in range(start, head)
        if made.low[i] not in listed("generic") and made.flags[i] >> CLINIC & 3 != 3
    ]
    strong = [
        i
        for i in telling
        if (
            made.kind[i] == TITLE
            and not opens(made, i)
            and not eponym(made.low[i])
            and not never(made.low[i])
        )
        or (
            made.kind[i] == LOWER
            and (
                names(made, i) >= 2
                or made.flags[i] >> PLACE & 3 >= 2
                or made.low[i] in listed("facility_words")
            )
            and made.flags[i] >> WORD & 3 < 3
        )
        or made.low[i] in listed("facility_words")
    ]
    own = sum(low not in listed("generic") for low in made.low[start:head])
    if strong or (own > 1 and telling and low_at(made, start - 1) in _GONE_TO):
        end = head + 1
        while (
            end < len(made.word)
            and made.low[end] in {"hospital", "center", "clinic", "medical", "school", "home", "general"}
            and made.gap(end) == " "
        ):
            end += 1
        fill(made, start, end)


def _low_part(made: Tokens, at: int) -> bool:
    return (
        made.kind[at] in {LOWER, TITLE}
        and made.low[at] not in listed("towards")
        and (
            not never(made.low[at])
            or made.low[at] in listed("generic")
            or made.low[at] in listed("first_towns")
        )
    )
