"""Realistic surrogates: of the same kind, the same for the same original, never the original."""

import re

from cds.privacy.scrub import realistic, scrub

TEXT = "John Smith (MRN 00482913) seen 03/14/2024; Smith called 555-234-8890 from john@mail.com, IP 10.2.3.4."


def test_the_same_original_gets_the_same_surrogate_and_the_word_of_a_name_too() -> None:
    clean = scrub(TEXT, surrogates=realistic(b"a"))
    names = [s.replacement for s in clean.spans if s.category == "NAME"]
    assert names[0].split()[-1] == names[1]
    assert clean == scrub(TEXT, surrogates=realistic(b"a"))


def test_another_seed_gives_other_surrogates() -> None:
    assert scrub(TEXT, surrogates=realistic(b"a")).text != scrub(TEXT, surrogates=realistic(b"b")).text


def test_numbers_keep_their_shape_and_addresses_are_those_reserved_for_documents() -> None:
    drawn = realistic(b"a")
    assert re.fullmatch(r"\d{8}", drawn("MRN", "00482913"))
    assert re.fullmatch(r"\d{3}-\d{3}-\d{4}", drawn("PHONE", "555-234-8890"))
    assert drawn("EMAIL", "john@mail.com").endswith("@example.org")
    assert drawn("IP", "10.2.3.4").startswith("192.0.2.")


def test_names_keep_capitals_and_initials() -> None:
    drawn = realistic(b"a")("NAME", "SMITH, J.")
    assert re.fullmatch(r"[A-Z]+, [A-Z]\.", drawn)
    assert "SMITH" not in drawn


def test_a_facility_keeps_its_noun() -> None:
    assert realistic(b"a")("LOCATION", "Mercy Hospital").endswith(" Hospital")


def test_dates_become_their_year_or_move_by_what_is_given() -> None:
    assert realistic(b"a")("DATE", "03/14/2024") == "2024"
    assert realistic(b"a", shift_days=7)("DATE", "03/29/2024") == "04/05/2024"
    assert realistic(b"a", shift_days=-1)("DATE", "2024-01-01") == "2023-12-31"
    assert realistic(b"a")("DATE", "Christmas") == "[DATE]"
    assert realistic(b"a")("AGE", "94") == "90+"
