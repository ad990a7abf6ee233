"""Training learns plain rules from a site's FHIR, leaves a checked artefact, never sees the future."""

import json

import pytest
from made_lives import (
    ANGINA,
    DIABETES,
    HCTZ,
    HYPERTENSION,
    METFORMIN,
    RULE,
    SIMVASTATIN,
    as_fhir,
    document,
    lives,
)

from models.base import ModelError, UnknownModel
from models.recommender import artefact as artefacts
from models.recommender.corpus import VARIABLE, read_corpus
from models.recommender.drugs import load
from models.recommender.features import VIEWS
from models.recommender.history import History, Order, Problem, events
from models.recommender.model import NAME, RecommenderFamily
from models.registry import BadArtefact

numpy = pytest.importorskip("numpy", reason="training needs clinicards[train]")


def write_bundles(folder, histories):
    for position, rows in enumerate(as_fhir(histories)):
        entries = [{"fullUrl": f"urn:uuid:{row['id']}", "resource": row} for row in rows]
        bundle = {"resourceType": "Bundle", "type": "collection", "entry": entries}
        (folder / f"{position}.json").write_text(json.dumps(bundle))


def write_bulk(folder, histories):
    rows = [row for person in as_fhir(histories) for row in person]
    for kind in ("Patient", "Condition", "MedicationRequest"):
        lines = [json.dumps(row) for row in rows if row["resourceType"] == kind]
        (folder / f"{kind}.ndjson").write_text("\n".join(lines) + "\n")


def trained(folder, data):
    from models.recommender.train import train

    lines = list(train(NAME, data=str(data), seed=3, folder=folder))
    assert "is trained" in lines[-1]
    return RecommenderFamily(folder)


@pytest.fixture(scope="module")
def family(tmp_path_factory):
    data, weights = tmp_path_factory.mktemp("data"), tmp_path_factory.mktemp("weights")
    write_bulk(data, lives())
    return trained(weights, data)


@pytest.mark.parametrize("write", [write_bundles, write_bulk])
def test_bundles_and_bulk_exports_are_told_apart_and_read_alike(tmp_path, write):
    people = lives(6)
    write(tmp_path, people)
    found = read_corpus(str(tmp_path)).histories
    assert sorted(len(one.orders) for one in found) == sorted(len(one.orders) for one in people)
    assert {p.code for one in found for p in one.problems} <= set(RULE)


@pytest.mark.parametrize(
    ("code", "drug"), [(HYPERTENSION, HCTZ), (ANGINA, SIMVASTATIN), (DIABETES, METFORMIN)]
)
def test_a_rule_that_everybody_follows_is_learned(family, code, drug):
    answer = family.load(NAME).run(document(conditions=[{"code": code, "days_ago": 0}]))
    assert answer["recommendations"][0]["rxcui"] == drug


def test_lists_without_dates_are_ranked_too(family):
    answer = family.load(NAME).run(document(conditions=[DIABETES]))
    assert (answer["view"], answer["recommendations"][0]["rxcui"]) == ("plain", METFORMIN)


def test_codes_of_another_terminology_are_understood_by_what_they_mean(family):
    """I10 was never in the training data; hypertension was."""
    answer = family.load(NAME).run(document(conditions=["I10"]))
    assert answer["recommendations"][0]["rxcui"] == HCTZ


def test_the_same_data_gives_the_same_weights(tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    write_bulk(data, lives(12))
    first, second = trained(tmp_path / "a", data), trained(tmp_path / "b", data)
    version = first.versions(NAME)[0]
    assert version.startswith("site-")
    digests = [artefacts.entry_of(version, one.folder).sha256 for one in (first, second)]
    assert digests[0] == digests[1]


def test_weights_that_were_changed_are_refused(tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    write_bulk(data, lives(12))
    family = trained(tmp_path / "weights", data)
    path = next((tmp_path / "weights").glob("site-*.json"))
    path.write_text(path.read_text().replace('"baseline":[', '"baseline":[1,', 1))
    with pytest.raises(BadArtefact):
        family.load(NAME)


def test_an_unknown_version_is_refused(family):
    with pytest.raises(UnknownModel):
        family.load_version(NAME, "no-such")


def test_without_data_the_refusal_names_corpus_licence_and_where(monkeypatch, tmp_path):
    monkeypatch.delenv(VARIABLE, raising=False)
    for data in (None, str(tmp_path)):
        with pytest.raises(ModelError) as caught:
            read_corpus(data)
        assert caught.value.code == "no-data"
        for words in ("617", "Apache-2.0", "smart-on-fhir/generated-sample-data", "clinicards deid fhir"):
            assert words in caught.value.message


def test_data_is_found_by_the_environment_too(monkeypatch, tmp_path):
    write_bulk(tmp_path, lives(3))
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    assert len(read_corpus(None).histories) == 3


def test_the_state_before_an_order_holds_nothing_later():
    history = History(
        "female",
        (Order(100, "a", "A"), Order(200, "b", "B"), Order(200, "c", "C")),
        (Problem(50, "1", "early", 150), Problem(201, "2", "late")),
    )
    first, second = events([history], load(), VIEWS)
    assert (first.ordered, first.first_of_person) == (("a",), True)
    assert not first.patient.medicines
    assert (second.ordered, second.first_of_person) == (("b", "c"), False)
    assert [one.rxcui for one in second.patient.medicines] == ["a"]
    assert [one.code.code for one in second.patient.conditions] == ["1"]
    assert [one.code.code for one in first.patient.active] == ["1"]
    assert not second.patient.active


def test_an_end_that_is_still_to_come_is_not_known():
    history = History("male", (Order(100, "a"),), (Problem(50, "1", "x", 150),))
    (event,) = events([history], load(), VIEWS)
    assert event.patient.conditions[0].ended_days_ago is None
    assert not any(name.startswith(("past:", "ended")) for name in event.features["dated"])


def test_the_plain_view_knows_no_dates():
    history = History("male", (Order(100, "a"), Order(150, "b")), (Problem(149.5, "1"),))
    dated = ("today:", "week:", "month:", "year:", "recent:", "last", "new-problem", "no-new-problem")
    for event in events([history], load(), VIEWS):
        assert not [name for name in event.features["plain"] if name.startswith(dated)]
