"""The vectors that ship with the scores, and their recomputation."""

import pytest

from models.base import ModelError, UnknownModel
from models.scores import definition as definitions
from models.scores import evaluate as evaluation
from models.scores.evaluate import evaluate
from models.scores.vectors import read, vectors, vectors_of

ROW = {
    "title": "one", "kind": "worked", "source": "a table", "decimals": 1,
    "inputs": {"weight": 70, "height": 175}, "expected": {"value": 22.9},
}  # fmt: skip


@pytest.mark.parametrize("name", definitions.names())
def test_every_score_reproduces_its_vectors(name):
    """Each score has at least one vector, and gives every number to the digits it was printed with."""
    report = evaluate(f"scores/{name}")
    assert report["vectors"] >= 1
    assert [row for row in report["rows"] if not row["passed"]] == []


def test_the_suite_counts_all_vectors():
    """The report on all scores is the sum of the reports on each."""
    report = evaluate("scores")
    assert report["vectors"] == sum(len(rows) for rows in vectors().values())
    assert report["numbers"] == report["passed"] == len(report["rows"])
    assert report["without_vectors"] == []


def test_vectors_name_scores_and_outputs_that_exist():
    """A vector of a score or output that is not there would never be recomputed."""
    for name, rows in vectors().items():
        outputs = set(definitions.load(name).outputs)
        assert all(set(row.expected) <= outputs for row in rows)


def test_a_number_off_by_a_printed_digit_fails(monkeypatch):
    """A wrong expectation is not rounded away."""
    wrong = read("bmi", {**ROW, "expected": {"value": 23.0}}, "bmi[0]")
    monkeypatch.setattr(evaluation, "vectors_of", lambda name: (wrong,))
    report = evaluate("scores/bmi")
    assert (report["passed"], report["failed"]) == (0, 1)
    assert report["max_deviation"] == pytest.approx(23.0 - 22.857, abs=1e-3)


def test_a_vector_that_gives_no_number_fails(monkeypatch):
    """Null is never near enough."""
    lacking = read("bmi", {**ROW, "inputs": {"weight": 70}}, "bmi[0]")
    monkeypatch.setattr(evaluation, "vectors_of", lambda name: (lacking,))
    assert evaluate("scores/bmi")["failed"] == 1


@pytest.mark.parametrize(
    "change", [{"sorce": "x"}, {"kind": "guessed"}, {"source": " "}, {"expected": {}}],
)  # fmt: skip
def test_a_vector_that_is_not_of_its_form_is_refused(change):
    """Unknown keys, other origins, no source, no number."""
    with pytest.raises(ModelError):
        read("bmi", {**ROW, **change}, "bmi[0]")


def test_a_published_number_needs_no_data_set():
    """Data given to a formula's evaluation would be ignored, so it is refused."""
    with pytest.raises(ModelError, match="without --data"):
        evaluate("scores/bmi", data="folder")
    with pytest.raises(UnknownModel):
        evaluate("scores/none")
    assert vectors_of("none") == ()
