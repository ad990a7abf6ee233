"""What is said in words that mean nothing alone: the pill, and hours of sitting."""

import pytest

from models.diagnosis.journeys import journeys


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ("Takes the pill.", "hormonal-contraception"),
        ("She is on the combined pill", "hormonal-contraception"),
        ("taking the pill for contraception", "hormonal-contraception"),
        ("Nine hour flight on Sunday", "immobile-recent"),
        ("14-hour flight home", "immobile-recent"),
        ("flew for 11 hours", "immobile-recent"),
        ("drove back for nearly 8 hours", "immobile-recent"),
        ("after a long-haul flight", "immobile-recent"),
        ("a six hour car journey", "immobile-recent"),
    ],
)
def test_small_words_are_understood(text: str, finding: str) -> None:
    assert [name for name, _, _ in journeys(text)] == [finding]


@pytest.mark.parametrize(
    "text",
    [
        "on the pill for her heart",
        "took the pill that was left",
        "on the pill box",
        "a 2 hour flight",
        "one flight of stairs",
        "drove 40 minutes",
        "pain for 9 hours",
        "stopped the pill",
    ],
)
def test_what_only_sounds_alike_is_left_alone(text: str) -> None:
    assert not list(journeys(text))


def test_offsets_index_the_text() -> None:
    text = "Chest pain. On the pill."
    assert [text[start:end] for _, start, end in journeys(text)] == ["On the pill"]
