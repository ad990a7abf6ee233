"""A story in stretches loses no character and marks each finding where it was said."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from cds.consult.story import Stretch, stretches
from cds.privacy.scrub import Span

TEXT = "fever, no cough, John"
NAMES = {"fever": "Fever", "cough": "Cough"}


def mention(finding: str, start: int, end: int, present: bool = True) -> dict[str, object]:
    return {"finding": finding, "start": start, "end": end, "present": present}


def test_findings_negations_and_what_was_hidden_are_stretches_of_their_own() -> None:
    found = stretches(
        TEXT,
        [mention("fever", 0, 5), mention("cough", 7, 15, False)],
        [Span(17, 21, "NAME", "[NAME]")],
        NAMES,
    )
    assert found == (
        Stretch("fever", "present", ("Fever",)),
        Stretch(", "),
        Stretch("no cough", "absent", ("Cough",)),
        Stretch(", "),
        Stretch("John", "hidden", ("[NAME]",)),
    )


def test_what_overlaps_alike_is_one_and_what_contradicts_is_both() -> None:
    mentions = [
        mention("fever", 0, 5),
        mention("hot", 3, 8),
        mention("cold", 8, 12),
        mention("cold", 8, 12, False),
    ]
    found = stretches("0123456789abcdef", mentions, [], {})
    assert [(one.text, one.fate, one.names) for one in found] == [
        ("01234567", "present", ("fever", "hot")),
        ("89ab", "both", ("cold",)),
        ("cdef", "plain", ()),
    ]


def test_what_is_said_in_two_places_in_two_ways_is_both_in_each() -> None:
    mentions = [mention("fever", 0, 5), mention("fever", 10, 15, False)]
    found = stretches("fever, no fever", mentions, [], NAMES, frozenset({"fever"}))
    assert [one.fate for one in found] == ["both", "plain", "both"]


def test_what_the_model_did_not_read_is_no_finding() -> None:
    found = stretches("John", [mention("fever", 0, 4)], [Span(0, 4, "NAME", "[NAME]")], NAMES)
    assert found == (Stretch("John", "hidden", ("[NAME]",)),)


SPANS = st.tuples(st.integers(-2, 30), st.integers(-2, 30), st.booleans())


@given(st.text(max_size=25), st.lists(SPANS, max_size=8))
def test_no_character_is_lost_and_neighbours_differ(text: str, spans: list[tuple[int, int, bool]]) -> None:
    found = stretches(text, [mention("fever", *span) for span in spans], [], NAMES)
    assert "".join(one.text for one in found) == text
    assert all(one.text for one in found)
    assert all(a.fate != b.fate for a, b in pairwise(found))
    fates = [one.fate for one in found for _ in one.text]
    for start, end, present in spans:
        if 0 <= start < end <= len(text):
            assert {"present" if present else "absent", "both"} >= set(fates[start:end])
