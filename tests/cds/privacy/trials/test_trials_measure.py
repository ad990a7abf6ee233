"""What is measured on a trial is what can be counted by hand."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds.privacy.trials import Marked, Trial
from cds.privacy.trials.figures import MUSTS, bootstrapped, held_to, missed_musts, percentile
from cds.privacy.trials.measure import Stretch, measured, misses, tallied

TEXT = "Ann Lee, 93, has Graves disease. MRN 123."
TRIAL = Trial(
    id="one",
    text=TEXT,
    spans=(
        Marked(0, 7, "NAME", "name.full"),
        Marked(9, 11, "AGE", "age.over89"),
        Marked(37, 40, "MRN", "mrn"),
    ),
    traps=((17, 31),),
    either=(),
    style="plain",
    origin="english",
)
NAMELESS = Trial(id="two", text="BP 120/80, 3/5.", spans=(), traps=((0, 9), (11, 14)))


def test_what_is_removed_whole_is_recalled_whole() -> None:
    tally = tallied(TRIAL, [Stretch(0, 7), Stretch(9, 11), Stretch(37, 40)])
    assert (tally.identifying, tally.removed, tally.spans, tally.whole) == (11, 11, 3, 3)
    assert not tally.leaks
    assert tally.plain_removed == tally.touched == 0


def test_blanks_inside_a_name_do_not_count() -> None:
    tally = tallied(TRIAL, [Stretch(0, 3), Stretch(4, 7), Stretch(9, 11), Stretch(37, 40)])
    assert tally.whole == 3


def test_one_letter_that_stays_is_a_leak() -> None:
    tally = tallied(TRIAL, [Stretch(0, 6), Stretch(9, 11), Stretch(37, 40)])
    assert tally.leaks
    assert tally.whole == 2
    assert tally.removed == 10


def test_nothing_removed_is_nothing_recalled() -> None:
    tally = tallied(TRIAL, [])
    assert (tally.removed, tally.whole, tally.touched) == (0, 0, 0)
    assert tally.leaks


def test_everything_removed_takes_all_the_rest_and_every_trap() -> None:
    tally = tallied(TRIAL, [Stretch(0, len(TEXT))])
    assert tally.plain == tally.plain_removed == len("hasGravesdiseaseMRN")
    assert tally.touched == 1


def test_an_overlap_is_not_counted_twice() -> None:
    tally = tallied(TRIAL, [Stretch(0, 7), Stretch(3, 7), Stretch(0, 7)])
    assert tally.removed == 6


def test_a_touched_letter_touches_the_trap() -> None:
    assert tallied(NAMELESS, [Stretch(3, 4)]).touched == 1
    assert tallied(NAMELESS, [Stretch(9, 11)]).touched == 0


def test_what_the_scrubber_calls_an_age_is_never_held_against_it() -> None:
    tally = tallied(NAMELESS, [Stretch(0, 15, "AGE")])
    assert tally.plain_removed == tally.touched == 0


def test_an_age_over_89_taken_as_an_age_is_recalled() -> None:
    assert tallied(TRIAL, [Stretch(9, 11, "AGE")]).removed == 2


def test_what_may_go_either_way_counts_neither_way() -> None:
    trial = Trial("x", "aged 64", (), (), either=((5, 7),))
    assert tallied(trial, [Stretch(5, 7)]).plain_removed == 0
    assert tallied(trial, []).plain == 4


@pytest.mark.parametrize(("start", "end"), [(-1, 2), (3, 2), (0, 99)])
def test_a_stretch_outside_the_text_is_refused(start: int, end: int) -> None:
    with pytest.raises(ValueError, match="lies outside"):
        tallied(TRIAL, [Stretch(start, end)])


def test_figures_add_up_over_texts() -> None:
    figures = measured([TRIAL, NAMELESS], lambda text: [Stretch(0, 7)] if text == TEXT else [Stretch(0, 2)])
    assert figures.recall.value == pytest.approx(6 / 11)
    assert figures.whole.value == pytest.approx(1 / 3)
    assert figures.leaking.value == 1.0  # of the one text that holds identifiers
    assert figures.traps.value == pytest.approx(1 / 3)
    assert figures.classes["NAME"].recall == 1.0
    assert figures.classes["MRN"].recall == 0.0
    assert figures.classes["MRN"].whole_recall == 0.0
    assert figures.forms["NAME:name.full"].spans == 1
    assert figures.worst in {"AGE", "MRN"}
    assert figures.groups["origin"]["english"].removed == 6
    assert set(figures.groups["style"]) == {"plain"}


def test_a_set_without_identifiers_has_no_recall() -> None:
    figures = measured([NAMELESS], lambda _text: [])
    assert figures.recall.value is None
    assert figures.leaking.value is None
    assert figures.traps.value == 0.0
    assert figures.worst == ""
    assert not list(missed_musts(figures)) or {m.name for m in missed_musts(figures)} <= {
        "characters_per_second"
    }


def test_no_trial_is_an_error_not_a_perfect_score() -> None:
    with pytest.raises(ValueError, match="no trial"):
        measured([], lambda _text: [])


def test_figures_go_through_json_whole() -> None:
    figures = measured([TRIAL, NAMELESS], lambda _text: [])
    again = json.loads(json.dumps(figures.as_dict()))
    assert again["classes"]["NAME"]["recall"] == 0.0
    assert again["recall"]["value"] == 0.0


def test_what_removes_nothing_misses_the_recall_alone() -> None:
    figures = measured([TRIAL] * 3, lambda _text: [])
    assert "recall" in {must.name for must in missed_musts(figures)}
    assert not {"needless", "traps"} & {must.name for must in missed_musts(figures)}


def test_what_removes_everything_misses_what_it_touched() -> None:
    figures = measured([TRIAL] * 3, lambda text: [Stretch(0, len(text))])
    assert {"needless", "traps"} <= {must.name for must in missed_musts(figures)}
    assert "recall" not in {must.name for must in missed_musts(figures)}


@pytest.mark.parametrize("must", MUSTS, ids=lambda must: must.name)
def test_a_must_is_met_at_its_bound_and_not_beyond(must) -> None:
    step = 1e-6 if must.at_least else -1e-6
    assert must.met(must.bound)
    assert must.met(None)
    assert not must.met(must.bound - step)


def test_the_musts_speak_of_figures_that_exist() -> None:
    figures = measured([TRIAL], lambda _text: [])
    assert {must.name for must in MUSTS} == set(held_to(figures))


def test_the_median_is_of_texts_near_150_characters() -> None:
    figures = measured([Trial("x", "a" * 150, (), ()), TRIAL], lambda _text: [])
    assert figures.speed is not None
    assert figures.speed.texts_near_150 == 1
    assert held_to(measured([TRIAL], lambda _text: []))["p50_ms"] is None


def test_a_miss_shows_what_stayed() -> None:
    (miss,) = misses([TRIAL], lambda _text: [Stretch(0, 6), Stretch(9, 11, "AGE"), Stretch(37, 40)])
    assert (miss.category, miss.form, miss.text, miss.left) == ("NAME", "name.full", "Ann Lee", "······e")


def test_the_interval_is_the_same_for_a_seed_and_holds_the_value() -> None:
    pairs = [(1, 2), (2, 2), (0, 3), (5, 5)]
    first = bootstrapped(pairs, seed=1, rounds=200)
    assert first == bootstrapped(pairs, seed=1, rounds=200)
    assert first.low is not None
    assert first.high is not None
    assert first.low <= first.value <= first.high  # type: ignore[operator]


def test_nothing_to_count_has_no_interval() -> None:
    assert bootstrapped([(0, 0)], seed=0, rounds=10).value is None
    assert bootstrapped([], seed=0, rounds=10).value is None


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)).map(lambda p: (min(p), max(p))), max_size=12))
def test_an_interval_lies_between_nothing_and_all(pairs) -> None:
    found = bootstrapped(pairs, seed=3, rounds=30)
    if found.value is not None and found.low is not None and found.high is not None:
        assert 0 <= found.low <= found.high <= 1


def test_percentiles_are_values_that_were_measured() -> None:
    assert percentile([1.0, 2.0, 3.0, 4.0], 0.5) == 3.0
    assert percentile([7.0], 0.95) == 7.0
