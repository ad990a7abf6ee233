"""Spans, the clean text and the way back."""

from cds.privacy.scrub import Scrubbed, Span, scrub
from cds.privacy.scrub.spans import settled


def test_what_overlaps_becomes_one_span_named_for_the_longest() -> None:
    assert settled([(5, 9, "ID"), (0, 7, "MRN"), (12, 14, "DATE")]) == [(0, 9, "MRN"), (12, 14, "DATE")]


def test_an_empty_find_is_no_span() -> None:
    assert settled([(3, 3, "ID")]) == []


def test_offsets_lead_back_to_the_input() -> None:
    text = "Pt John Smith, MRN 00482913, was seen."
    clean = scrub(text)
    assert clean.text == "Pt [NAME], MRN [MRN], was seen."
    assert clean.back(0) == 0
    assert text[clean.back(clean.text.index(", MRN"))] == ","
    assert clean.back(clean.text.index("NAME")) == text.index("John")
    assert text[clean.back(clean.text.index("was")) :].startswith("was seen.")


def test_a_longer_replacement_moves_what_follows_the_other_way() -> None:
    clean = Scrubbed("a [NAME] b", (Span(2, 4, "NAME", "[NAME]"),))
    assert clean.back(9) == 5 + 0
    assert [clean.back(i) for i in (0, 2, 7, 8)] == [0, 2, 2, 4]


def test_the_empty_text_stays_empty() -> None:
    assert scrub("") == Scrubbed("", ())
