"""Whatever a text is: an answer in bounded time, a note where it was not read whole, right offsets."""

import sys
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("numpy", reason="the text model needs the extra `text`")

from models.text import tokens
from models.text.features import reader, understand

PIECES = st.sampled_from(
    [
        "no",
        "chest pain",
        "denies",
        "fever",
        ",",
        ".",
        "\n",
        "\n\n",
        ":",
        "PMH:",
        "ALLERGIES:",
        "penicillin",
        "rash",
        "BP 120/80",
        "K 3.1",
        "(",
        ")",
        "-",
        "?",
        "\t",
        "",
        "possible",
        "mother",
        "\x00",
        "😀",
        "مريض",
        "é",
        "�",
        "hypertension 2015",
        "lisinopril 10 mg po daily",
        "prn",
        "if",
        "1.",
        "* ",
        ";",
        "rule out",
        "PE",
        "MS",
    ]
)
TEXTS = st.one_of(
    st.text(max_size=300),
    st.lists(PIECES, max_size=60).map(" ".join),
    st.lists(PIECES, max_size=60).map("".join),
)


@settings(max_examples=150, deadline=None)
@given(TEXTS)
def test_offsets_always_index_the_text_given(text: str) -> None:
    found = understand(text)
    for entity in found.entities:
        assert 0 <= entity.start < entity.end <= len(text)
        assert entity.text == text[entity.start : entity.end].replace("\ud800", "\ufffd") or "\ud800" in text
        for cause in entity.causes:
            assert text[cause.start : cause.end] == cause.text or "\ud800" in text
            assert 0 <= cause.scope[0] <= cause.scope[1] <= len(text)
    for section in found.sections:
        assert 0 <= section.start <= section.body <= section.end <= len(text)


@settings(max_examples=100, deadline=None)
@given(TEXTS)
def test_sentences_are_all_tokens_in_order(text: str) -> None:
    words = tokens.read(text)
    assert [at for first, last in words.sentences for at in range(first, last)] == list(
        range(len(words.texts))
    )
    assert all(text[a:b] == word for a, b, word in zip(words.starts, words.ends, words.texts, strict=True))


@settings(max_examples=100, deadline=None)
@given(TEXTS.filter(bool), st.data())
def test_each_place_asked_for_is_answered_in_order(text: str, data: st.DataObject) -> None:
    ends = st.tuples(st.integers(0, len(text) - 1), st.integers(1, len(text))).filter(lambda p: p[0] < p[1])
    spans = data.draw(st.lists(ends, max_size=8))
    assert [(e.start, e.end) for e in reader().of_spans(text, spans)] == spans


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("two megabytes", "The patient has no fever. " * 80_000),
        ("no sentence ends", "chest pain and cough " * 10_000),
        ("ten thousand lines", "BP 120/80 no fever\n" * 10_000),
        ("one word", "a" * 300_000),
        ("binary", bytes(range(256)).decode("latin-1") * 500),
        ("blanks", "Chest pain." + " " * 100_000),
        ("signs", "-:;,.()" * 20_000),
        ("headings", "PMH: " * 20_000),
        ("brackets", "(" * 100_000),
        ("no no no", "no " * 50_000),
        ("right to left", "المريض يعاني من ألم في الصدر. " * 5_000),
    ],
)
def test_hostile_texts_are_answered_in_bounded_time(name: str, text: str) -> None:
    began = time.process_time()
    found = understand(text)
    assert time.process_time() - began < (30 if sys.gettrace() is None else 200)
    assert len(text) <= reader().most or any("were read" in note for note in found.notes), name


def test_a_place_beyond_what_is_read_is_still_answered() -> None:
    text = "x " * 300_000 + "No fever."
    start = text.index("fever")
    assert reader().of_spans(text, [(start, start + 5)])[0].negated


def test_an_empty_text_has_nothing_in_it() -> None:
    assert understand("").entities == ()
    assert understand("...---").notes == ("there are no words in the text",)
