"""The report's figures are what their definitions say, on examples worked by hand."""

import math

import pytest

numpy = pytest.importorskip("numpy", reason="the report needs clinicards[train]")

from models.recommender import metrics  # noqa: E402


def test_ranks_count_from_the_best_and_break_ties_by_place():
    scores = numpy.array([[0.1, 0.9, 0.1, 0.5]], numpy.float32)
    assert metrics.ranks(scores).tolist() == [[2, 0, 3, 1]]


def test_hits_and_ndcg_by_hand():
    places = numpy.array([0.0, 4.0, 7.0, math.inf])
    assert metrics.hit(places, 5) == 0.5
    assert metrics.ndcg(places) == pytest.approx((1 + 1 / math.log2(6) + 1 / math.log2(9)) / 4)


def test_average_precision_by_hand():
    """Right items at ranks 1 and 3: (1/1 + 2/3) / 2."""
    found = metrics.average_precision(numpy.array([0.9, 0.8, 0.7]), numpy.array([True, False, True]))
    assert found == pytest.approx((1 + 2 / 3) / 2)


def test_set_figures_are_averaged_over_visits_then_people():
    """Person 0: two visits with Jaccard 1 and 0; person 1: one visit with 1/2; the mean is of people."""
    scores = numpy.array([[0.9, 0.1], [0.9, 0.1], [0.9, 0.9]], numpy.float32)
    truth = numpy.array([[1, 0], [0, 1], [1, 0]], numpy.float32)
    found = metrics.set_figures(scores, truth, [0, 0, 1], 0.5)
    assert found["jaccard"] == pytest.approx(((1 + 0) / 2 + 1 / 2) / 2)
    assert found["f1"] == pytest.approx(((1 + 0) / 2 + 2 / 3) / 2)


def test_the_ddi_rate_is_the_share_of_pairs_within_sets():
    bad = {frozenset("ab")}
    rate = metrics.ddi_rate([["a", "b", "c"], ["a"]], lambda x, y: frozenset((x, y)) in bad)
    assert rate == pytest.approx(1 / 3)
    assert math.isnan(metrics.ddi_rate([["a"]], lambda _x, _y: True))


def test_the_interval_is_student_s():
    found = metrics.interval([0.8, 0.9])
    assert found["mean"] == pytest.approx(0.85)
    assert found["high"] - found["mean"] == pytest.approx(12.706 * 0.05, abs=1e-3)


def test_the_best_threshold_has_the_best_pooled_f1():
    scores = numpy.array([[0.9, 0.2], [0.8, 0.7]], numpy.float32)
    truth = numpy.array([[1, 0], [1, 0]], numpy.float32)
    assert metrics.best_threshold(scores, truth) == pytest.approx(0.8)


def test_the_closed_form_is_the_ridge_of_scikit_learn():
    linear = pytest.importorskip("sklearn.linear_model", reason="compared where scikit-learn is installed")
    from models.recommender.matrices import ridge

    chance = numpy.random.default_rng(5)
    states = chance.normal(size=(60, 7)).astype(numpy.float32)
    orders = chance.normal(size=(60, 3)).astype(numpy.float32)
    weights = chance.uniform(0.5, 2, 60).astype(numpy.float32)
    found, base = ridge(states, orders, weights, 4.0)
    other = linear.Ridge(alpha=4.0).fit(states, orders, sample_weight=weights)
    assert numpy.allclose(found, other.coef_.T, atol=2e-3)
    assert numpy.allclose(base, other.intercept_, atol=2e-3)
