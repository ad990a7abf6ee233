"""What is learned is exported whole, runs the same without torch, and ships only where it wins."""

import json
from dataclasses import replace

import numpy as np
import pytest
from little_base import little_base

from models.base import ModelError
from models.diagnosis import artefact, train
from models.diagnosis.measures import measured, normal, over_folds, ranks
from models.diagnosis.network import LONGEST, Encoder, describe, encoder_of
from models.diagnosis.onnx_weights import read_onnx
from models.diagnosis.person import Person
from models.diagnosis.pool import Pool, logs_of
from models.diagnosis.scorer import Evidence, Scorer
from models.diagnosis.simulate.patients import draw
from models.diagnosis.simulate.stories import Teller
from models.diagnosis.simulate.tables import tables
from models.registry import BadArtefact

NEEDS = "training needs clinicards[train]"
NOTHING = Evidence(frozenset(), frozenset())


@pytest.fixture(scope="module")
def known():
    return tables(little_base())


@pytest.fixture(scope="module")
def torch():
    return pytest.importorskip("torch", reason=NEEDS)


@pytest.fixture(scope="module")
def rows(torch, known):
    from models.diagnosis.learning.rows import rows_of

    return rows_of(draw(known, 900, seed=1))


@pytest.fixture(scope="module")
def network(torch, known, rows):
    from models.diagnosis.learning.compare import trained
    from models.diagnosis.learning.fit import Plan

    return trained(known, rows, Plan(epochs=6, rate=1e-2, seed=0), width=16, heads=2)


@pytest.fixture(scope="module")
def exported(network, known) -> bytes:
    pytest.importorskip("onnx", reason=NEEDS)
    from models.diagnosis.learning.export import onnx_bytes

    about = {
        "temperature": 1.3,
        "layers": network.size.layers,
        "heads": network.size.heads,
        "findings": list(known.findings),
        "conditions": list(known.conditions),
    }
    return onnx_bytes(network, about)


def test_the_encoder_learns_what_tells_the_conditions_apart(network, known):
    from models.diagnosis.learning.fit import scores
    from models.diagnosis.learning.rows import rows_of

    held = rows_of(draw(known, 300, seed=2))
    found = measured(scores(network, held), [[int(y)] for y in held.labels])
    usual = np.bincount(held.labels).max() / len(held)
    assert found["m1"] > usual + 0.15


def test_the_same_seed_trains_the_same_encoder(torch, network, known, rows):
    from models.diagnosis.learning.compare import trained
    from models.diagnosis.learning.fit import Plan

    again = trained(known, rows, Plan(epochs=6, rate=1e-2, seed=0), width=16, heads=2)
    for one, other in zip(network.state_dict().values(), again.state_dict().values(), strict=True):
        assert torch.equal(one, other)


def test_the_served_encoder_scores_as_torch_does_patient_by_patient(torch, network, exported, rows):
    served = encoder_of(exported)
    for at in range(25):
        own = rows.tokens[at][rows.tokens[at] > 0].astype(np.int64)
        with torch.no_grad():
            expected = network(torch.from_numpy(own[None]), torch.from_numpy(rows.people[at][None]))
        assert served.scores(own, rows.people[at]) == pytest.approx(expected[0].numpy() / 1.3, abs=1e-4)


def test_onnx_runtime_scores_a_padded_batch_the_same(exported, rows):
    runtime = pytest.importorskip("onnxruntime", reason=NEEDS)
    session = runtime.InferenceSession(exported, providers=["CPUExecutionProvider"])
    found = session.run(None, {"tokens": rows.tokens[:30].astype(np.int64), "people": rows.people[:30]})[0]
    served = encoder_of(exported)
    for at in range(30):
        own = rows.tokens[at][rows.tokens[at] > 0].astype(np.int64)
        assert found[at] == pytest.approx(served.scores(own, rows.people[at]), abs=1e-4)


def test_an_export_is_valid_onnx_and_the_same_each_time(network, exported):
    onnx = pytest.importorskip("onnx", reason=NEEDS)
    from models.diagnosis.learning.export import onnx_bytes

    onnx.checker.check_model(onnx.load_from_string(exported), full_check=True)
    assert onnx_bytes(network, encoder_of(exported).about) == exported


def test_a_file_that_is_no_onnx_is_refused(exported):
    for broken in (b"", b"no weights at all", exported[: len(exported) // 2]):
        with pytest.raises(BadArtefact, match="train again"):
            read_onnx(broken)


def test_the_order_of_what_is_known_changes_nothing(exported):
    served = encoder_of(exported)
    person = describe(30, "female", emergency=False)
    one = served.scores(np.array([1, 3, 6]), person)
    assert one == pytest.approx(served.scores(np.array([6, 1, 3]), person), abs=1e-5)


def test_findings_that_were_not_learned_are_left_out_and_too_many_are_cut(exported, known):
    served = encoder_of(exported)
    told = frozenset(("cough", "a-finding-of-tomorrow"))
    assert served.tokens(Evidence(told, frozenset())).tolist() == [2 * known.findings.index("cough") + 1]
    many = Encoder(served.weights, {**served.about, "findings": [f"f{n}" for n in range(99)]})
    assert len(many.tokens(Evidence(frozenset(many.findings), frozenset()))) == LONGEST


def test_a_pool_of_the_scorer_alone_is_the_scorer(exported, known):
    scorer = Scorer(known.base)
    evidence = Evidence(frozenset(("cough", "fever")), frozenset(("rash",)))
    pooled = Pool(scorer, encoder_of(exported), 0.0).odds(Person(30, "male"), evidence)
    assert pooled == pytest.approx(scorer.odds(Person(30, "male"), evidence))


def test_the_encoder_shares_out_what_the_scorer_gives_all_conditions_together(exported, known):
    scorer, person = Scorer(known.base), Person(30, "male")
    both = [Pool(scorer, encoder_of(exported), share) for share in (0.0, 1.0)]
    logs = [np.exp(logs_of(judge, [(person, NOTHING)], known.conditions)).sum() for judge in both]
    assert logs[0] == pytest.approx(logs[1], abs=1e-5)
    forgot = encoder_of(exported)
    names = [*known.conditions[:-1], "a-condition-of-yesterday"]
    pooled = Pool(scorer, Encoder(forgot.weights, {**forgot.about, "conditions": names}), 0.5)
    last = known.conditions[-1]
    assert pooled.odds(person, NOTHING)[last] == pytest.approx(scorer.odds(person, NOTHING)[last])


def test_training_leaves_a_hashed_encoder_and_a_report_of_every_model(monkeypatch, tmp_path, torch, known):
    pytest.importorskip("sklearn", reason=NEEDS)
    pytest.importorskip("onnx", reason=NEEDS)
    from models.diagnosis.learning import compare, course, seen

    monkeypatch.setattr(course, "packaged", lambda: known)
    monkeypatch.setattr(course, "seen", lambda tables: made_seen(tables, seen.Seen, compare))
    monkeypatch.setattr(
        compare, "REGULARISED", {"none": {"drop": 0.0}, "l2": {"l2": 1e-5}, "l1": {"l1": 1e-6}}
    )
    effort = train.Effort(patients=200, crossed=120, stories=120, held=60, epochs=1)
    lines = list(train.train("differential", data=None, seed=3, folder=tmp_path, effort=effort))
    assert any("open vignettes" in line for line in lines)
    report = artefact.report(tmp_path)
    for figures in ("unseen_patients", "open_vignettes"):
        assert set(report[figures]) == {"bayes", "encoder", "pool", "story", "forest"}
    for rows in report["cross_validation"].values():
        assert rows["m1"]["low"] <= rows["m1"]["mean"] <= rows["m1"]["high"]
    assert set(report["regularisation"]) == {"none", "l1", "l2"}
    assert report["seed"] == 3
    assert encoder_of(artefact.read(artefact.ENCODER, tmp_path)).conditions == known.conditions
    row = artefact.manifest(tmp_path)[artefact.ENCODER]
    assert row["licence"] == "Apache-2.0"
    assert len(row["sha256"]) == 64


def made_seen(known, kind, compare):
    """Return simulated people in the place of the vignettes: nothing here is about the packaged base."""
    patients = draw(known, 60, seed=11)
    whole = compare.cohort(known, patients, Teller(known).tell(patients, seed=1))
    return kind(whole.rows, whole.stories, whole.bayes, [[int(y)] for y in whole.rows.labels])


def test_a_changed_artefact_is_refused_and_a_missing_one_named(tmp_path):
    with pytest.raises(ModelError, match="clinicards train differential"):
        artefact.read(artefact.REPORT, tmp_path)
    artefact.write(artefact.REPORT, json.dumps({"a": 1}).encode(), {"seed": 0}, tmp_path)
    assert artefact.report(tmp_path) == {"a": 1}
    (tmp_path / artefact.REPORT).write_text("{}")
    with pytest.raises(BadArtefact, match="not the one registered"):
        artefact.read(artefact.REPORT, tmp_path)
    with pytest.raises(ModelError, match="cannot be written"):
        artefact.write("x", b"", {}, tmp_path / artefact.REPORT)


def test_training_without_its_libraries_names_what_to_install(monkeypatch, tmp_path):
    import builtins

    real = builtins.__import__

    def without(name, *rest, **more):
        if name.startswith("models.diagnosis.learning"):
            raise ModuleNotFoundError("no torch", name="torch")
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ModelError, match=r"torch is not installed; install clinicards\[train\]"):
        list(train.train("differential", data=None, folder=tmp_path))


def test_the_pool_ships_only_where_it_wins_by_more_than_its_error():
    from models.diagnosis.learning.decide import decided

    chance = np.random.default_rng(0)
    truth = [[int(y)] for y in chance.integers(0, 8, 200)]
    noise = normal(chance.normal(size=(200, 8)).astype(np.float32))
    right = noise.copy()
    right[np.arange(200), [y[0] for y in truth]] += 4
    assert decided(right, noise, truth).ships == "the scorer alone"
    assert decided(right, noise, truth).share == 0
    won = decided(noise, normal(right), truth)
    assert won.ships == "the pool"
    assert won.share > 0
    assert won.gain > won.error
    assert won.as_dict()["cases"] == 200


def test_measures_count_places_classes_and_calibration():
    logs = np.log(np.array([[0.7, 0.2, 0.1], [0.6, 0.3, 0.1], [0.1, 0.2, 0.7]], np.float32))
    found = measured(logs, [[0], [1, 2], [1]])
    assert ranks(logs, [[0], [1, 2], [1]]).tolist() == [0, 1, 1]
    assert found["m1"] == pytest.approx(1 / 3)
    assert found["m3"] == 1.0
    assert found["macro_recall"] == pytest.approx(0.5)
    assert found["macro_f1"] == pytest.approx((2 / 3 + 0) / 2)
    assert found["log_loss"] == pytest.approx(-np.log([0.7, 0.3, 0.2]).mean(), abs=1e-6)
    assert 0 <= found["calibration_error"] <= 1
    row = over_folds([{"m1": 0.5}, {"m1": 0.7}, {"m1": 0.6}])["m1"]
    assert row["mean"] == 0.6
    assert row["low"] < 0.5
    assert row["high"] > 0.7


def test_every_fold_holds_patients_of_every_condition():
    rows = pytest.importorskip("models.diagnosis.learning.rows", reason=NEEDS)
    labels = np.repeat(np.arange(7), 25)
    fold = rows.folds(labels, 5, seed=0)
    for one in range(5):
        assert np.bincount(labels[fold == one], minlength=7).tolist() == [5] * 7


def test_a_story_model_and_a_forest_learn_too(torch, known, rows):
    pytest.importorskip("sklearn", reason=NEEDS)
    from models.diagnosis.learning import compare, fit, forest, story

    patients = draw(known, 900, seed=1)
    stories = Teller(known).tell(patients, seed=1)
    words = story.learnt(stories)
    told = words.rows(stories, rows.people, rows.labels)
    heard = fit.fit(compare.story_of(known, words, fit.Plan()), told, fit.Plan(epochs=3, rate=5e-3))
    trees = forest.fit(rows, len(known.findings), seed=0, trees=10)
    truth = [[int(y)] for y in rows.labels]
    usual = np.bincount(rows.labels).max() / len(rows)
    for logs in (
        fit.scores(heard, told),
        forest.scores(trees, rows, len(known.findings), len(known.conditions)),
    ):
        assert measured(logs, truth)["m1"] > usual
    assert fit.temperature(normal(5 * fit.scores(heard, told)), rows.labels) > 1


def test_the_open_vignettes_are_judged_beside_each_other(monkeypatch, exported, known):
    from models.diagnosis import compared
    from models.diagnosis.cases import Vignette
    from models.diagnosis.recognise import Recogniser
    from models.diagnosis.wordings import wordings_of

    stories = [("I have a cough and a high fever.", "flu"), ("My daughter is 3, rash and fever.", "measles")]
    told = [
        Vignette(f"t{at}", text, (name,), ("routine",), "primary-care")
        for at, (text, name) in enumerate(stories * 8)
    ]
    stray = replace(told[0], id="x", conditions=("not-of-this-base",))
    monkeypatch.setattr(compared.artefact, "encoder", lambda: encoder_of(exported))
    monkeypatch.setattr(compared.artefact, "report", lambda: {"decision": {"share": 0.0}})
    reader = Recogniser(known.base, wordings_of(known.base))
    found = compared.compared(Scorer(known.base), reader, [*told, stray])
    assert list(found["open_vignettes"]) == ["bayes", "encoder", "pool of both, 0.3 of the encoder"]
    assert found["open_vignettes"]["bayes"]["m3"] == 1.0
    assert found["open_folds"]["bayes"]["m3"]["mean"] == 1.0


def test_an_evaluation_without_trained_weights_says_so(monkeypatch):
    from models.diagnosis import compared, evaluate
    from models.diagnosis.model import model

    def missing(*_):
        raise ModelError("encoder.onnx was not trained", code="artefact")

    monkeypatch.setattr(compared, "compared", missing)
    assert evaluate._compared(model(), []) == {"not_compared": "encoder.onnx was not trained"}


def test_the_packaged_encoder_is_the_registered_one_small_and_whole():
    served = artefact.encoder()
    assert (artefact.FOLDER / artefact.ENCODER).stat().st_size < 20_000_000
    told = Evidence(frozenset(("fever", "cough")), frozenset(("rash",)))
    found = served.probabilities(Person(30, "female"), told)
    assert sum(np.exp(list(found.values()))) == pytest.approx(1, abs=1e-4)
    assert artefact.report()["decision"]["ships"] in {"the scorer alone", "the pool"}
