"""Names, versions and aliases."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from learned import Lines

from models.base import ModelError, NoDeadline, UnknownModel
from models.comparison import compare
from models.record import Record
from models.registry import ALIASES, BadArtefact, OneVersion, Pointers, Registry, fetch
from models.scores.model import family as scores


@pytest.fixture
def registry():
    return Registry({"scores": scores, "lines": Lines()})


def test_a_score_is_found_by_name_by_its_version_and_as_champion(registry):
    """Three ways lead to the one version of a formula."""
    version = scores.load("scores/kfre").version
    for reference in ("scores/kfre", f"scores/kfre@{version}", "scores/kfre@champion"):
        assert registry.get(reference).name == "scores/kfre"
    assert registry.versions("scores/kfre") == [version]


@pytest.mark.parametrize("reference", ["scores/kfre@1.0", "scores/kfre@shadow", "scores/kfre@challenger"])
def test_a_version_a_formula_does_not_have_is_refused(registry, reference):
    """The error names the version there is."""
    with pytest.raises(UnknownModel, match=r"one version, 2016\.1"):
        registry.get(reference)


@pytest.mark.parametrize(
    ("wrong", "near"),
    [("scores/kfer", "scores/kfre"), ("kfre", "scores/kfre"), ("scores/prevnt", "scores/prevent"),
     ("news", "scores/news2")],
)  # fmt: skip
def test_an_unknown_name_is_answered_with_near_ones(registry, wrong, near):
    """A typing error names what was meant."""
    with pytest.raises(UnknownModel, match=near):
        registry.get(wrong)


def test_a_name_near_to_nothing_points_to_the_list(registry):
    """Without a near name the error says where all are."""
    with pytest.raises(UnknownModel, match="models list"):
        registry.get("qqqqqqqqqqqq")


def test_a_model_is_loaded_once(registry):
    """A model is kept after its first use."""
    assert registry.get("scores/kfre") is registry.get("scores/kfre")


@pytest.mark.parametrize(
    "act",
    [
        lambda r: r.promote("scores/kfre", "2016.1"),
        lambda r: r.rollback("scores/kfre"),
        lambda r: r.pair("scores/kfre", "champion", "shadow"),
    ],
)
def test_a_published_formula_is_not_promoted_rolled_back_or_compared(registry, act):
    """It has one version, and the error says so."""
    with pytest.raises(OneVersion, match=r"published formula: it has one version, 2016\.1"):
        act(registry)


def test_the_newest_version_is_champion_until_one_is_promoted(registry):
    """An alias that was never set does not hide a model."""
    assert registry.get("risk/line").version == "2.0"
    pointed = Registry({"lines": Lines()}, registry.promote("risk/line", "1.0"))
    assert pointed.get("risk/line").version == pointed.get("risk/line@champion").version == "1.0"
    assert pointed.get("risk/line@2.0").version == "2.0"


def test_a_rollback_names_what_was_named_before(registry):
    """Promote twice, roll back once; a second rollback has nothing to go back to."""
    first = Registry({"lines": Lines()}, registry.promote("risk/line", "1.0"))
    second = Registry({"lines": Lines()}, first.promote("risk/line", "2.0"))
    back = Registry({"lines": Lines()}, second.rollback("risk/line"))
    assert back.get("risk/line").version == "1.0"
    with pytest.raises(ModelError, match="no other version before"):
        back.rollback("risk/line")


def test_a_version_that_does_not_exist_is_never_promoted(registry):
    """Nor is one found by an alias that was not set."""
    with pytest.raises(UnknownModel, match=r"1\.0, 2\.0"):
        registry.promote("risk/line", "3.0")
    with pytest.raises(UnknownModel, match="shadow"):
        registry.get("risk/line@shadow")


def test_a_family_without_a_trained_version_says_how_to_get_one():
    """A learned model that is not there yet names the command."""
    with pytest.raises(UnknownModel, match="clinicards train risk/line"):
        Registry({"lines": Lines({})}).get("risk/line")


def test_an_artefact_that_was_changed_is_refused():
    """A model is only made of the bytes that were registered."""
    with pytest.raises(BadArtefact, match="not the one registered"):
        Registry({"lines": Lines({"1.0": b"9.9"})}).get("risk/line")


def test_an_artefact_is_its_bytes():
    """The right bytes come back, and a file that cannot be read is named."""
    assert fetch("a", hashlib.sha256(b"x").hexdigest().upper(), read=lambda _: b"x") == b"x"

    def away(path):
        raise FileNotFoundError(2, "No such file", path)

    with pytest.raises(BadArtefact, match="cannot be read"):
        fetch("a", "0", read=away)


@given(steps=st.lists(st.tuples(st.sampled_from(ALIASES), st.sampled_from(["1", "2", "3"])), max_size=12))
def test_pointers_survive_json_and_undo_in_order(steps):
    """What was set can be undone step by step, whatever was set, and JSON keeps all of it."""
    pointers, states = Pointers(), []
    for alias, version in steps:
        if pointers.now("m", alias) not in (None, version):
            states.append((alias, pointers.now("m", alias)))
        pointers = pointers.set("m", alias, version)
    assert Pointers.read(pointers.as_dict()) == pointers
    for alias, before in reversed(states):
        pointers = pointers.back("m", alias)
        assert pointers.now("m", alias) == before


@pytest.mark.parametrize(
    "data", [[], {"m": []}, {"m": {"best": ["1"]}}, {"m": {"champion": "1"}}, {"m": {"champion": [1]}}]
)
def test_aliases_that_are_not_of_their_form_are_refused(data):
    """A damaged file never chooses a model."""
    with pytest.raises(ModelError):
        Pointers.read(data)


def test_a_registry_reads_records_and_documents(registry):
    """It answers as the services ask."""
    assert registry.run("scores/bmi", {"weight": 70, "height": 175})["value"] == pytest.approx(
        22.857, abs=1e-3
    )
    registry.find("scores", Record(), deadline=NoDeadline(), options={})
    with pytest.raises(UnknownModel, match="single documents"):
        registry.find("scores/bmi", Record(), deadline=NoDeadline(), options={})


def test_a_comparison_counts_differences_and_names_the_largest(registry):
    """Two versions over three documents: one alike, one different, one refused."""
    pair = registry.pair("risk/line", "1.0", "2.0")
    report = compare(*pair, [b'{"x": 0}', b'{"x": 4}', b'{"x": -1}'])
    assert (report["same"], report["differing"], report["failed"]) == (1, 1, 1)
    assert report["largest_difference"] == {"/value": 2.0}


def test_warming_loads_every_model_that_has_a_version():
    """No caller waits for a model, and one that is not trained yet is no failure."""
    registry = Registry({"scores": scores, "lines": Lines({})})
    registry.warm()
    assert registry.get("scores/kfre") is registry.get("scores/kfre")
    loaded = {name for name, _ in registry._loaded}
    assert loaded == set(scores.names())
