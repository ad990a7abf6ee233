"""Proof of absence: canaries in every place of every resource type, and none of them where it may not be.

Every service is fired on each of its hooks over the whole application, calls fail in every way, an EHR
answers with canaries, feedback holds them; then all that came out is searched: what models received, logs of
every logger at debug, files, metrics, audit, errors, headers, cards. Where a canary may come back is written
down in `outputs.ECHOED`: the EHR's own resource, in a suggestion to change it. The playground, which is part
of demo mode alone, shows a request to whoever typed it and is not searched.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import pytest
from privacy_canaries import rounds
from privacy_canaries.minting import Canary
from privacy_canaries.places import reachable, types
from privacy_canaries.scanning import Leak
from privacy_canaries.stage import Stage, staged
from privacy_canaries.witnessing import HOOKS

from cds.hooks.library import HOOKS as LIBRARY
from cds.privacy.deidentify import compiled

OUTPUTS = (
    "what models received",
    "what services saw",
    "cards",
    "other answers",
    "bodies of errors",
    "headers of answers",
    "logs of libraries",
    "standard output",
    "standard error",
    "audit",
    "audit as NDJSON",
    "audit as FHIR",
    "metrics",
    "file store.sqlite",
    "file store.sqlite-wal",
    "file spool",
)
"""Every place where something of a call could be read."""


@dataclass(frozen=True)
class Proof:
    """What was fired, and what came of it."""

    stage: Stage
    outputs: dict[str, str]
    leaks: list[Leak]
    statuses: dict[str, Counter[Any]]

    def of(self, output: str) -> list[str]:
        """Return the leaks into one output."""
        return [str(leak) for leak in self.leaks if leak.where.startswith(output)]


def proved(stage: Stage, **statuses: Counter[Any]) -> Proof:
    stage.shutter()
    outputs = dict(stage.outputs())
    return Proof(stage, outputs, stage.leaks(), dict(statuses))


@pytest.fixture(scope="module")
def monkey() -> Iterator[pytest.MonkeyPatch]:
    with pytest.MonkeyPatch.context() as patch:
        yield patch


@pytest.fixture(scope="module")
def proof(tmp_path_factory: pytest.TempPathFactory, monkey: pytest.MonkeyPatch) -> Iterator[Proof]:
    """Everything that can be planted, fired and gone wrong, on one installation."""
    with staged(tmp_path_factory.mktemp("proof"), monkey) as stage:
        places = rounds.every_place(stage)
        own = rounds.every_place(stage, "own")
        read = rounds.read_from_the_ehr(stage)
        failed = rounds.failures(stage, monkey)
        heard = rounds.heard(stage)
        spooled = rounds.spooled(stage)
        yield proved(stage, places=places, own=own, read=read, failed=failed, heard=heard, spooled=spooled)


def test_every_place_of_every_resource_type_is_planted() -> None:
    """The round that is fired asserts that it planted them all; this says how many those are."""
    assert len(types()) == 141
    assert len(reachable()) > 10_000
    assert set(compiled()) <= set(types())
    assert set(HOOKS) == set(LIBRARY)


@pytest.mark.parametrize("output", OUTPUTS)
def test_no_canary_is_in(proof: Proof, output: str) -> None:
    assert proof.of(output) == []


def test_no_output_was_forgotten(proof: Proof) -> None:
    """Whatever else came out is searched as well."""
    assert proof.leaks == []
    assert [name for name in OUTPUTS if not any(known.startswith(name) for known in proof.outputs)] == []


def test_the_proof_is_about_something(proof: Proof) -> None:
    """Calls were answered with cards, models were asked, refusals refused, and all of it was written down."""
    answered = {mark[:2] for mark in proof.statuses["places"] if mark[-1] == 200}
    services = proof.stage.services
    assert answered >= {(name, hook) for name, service in services.items() for hook in service.inner.hooks}
    assert {status for way, status in proof.statuses["failed"]} == {
        200,
        204,
        400,
        401,
        404,
        405,
        412,
        413,
        415,
        500,
        503,
    }
    assert {status for way, status in proof.statuses["read"]} == {200, 412}
    assert set(proof.statuses["heard"]) == {200, 400, 404}
    assert set(proof.statuses["spooled"]) == {200}
    assert "'kind': 'observation'" in proof.outputs["what models received"]
    assert "dose" in proof.outputs["what services saw"]
    for name in ("standard error", "audit as FHIR", "metrics", "cards", "file store.sqlite-wal"):
        assert len(proof.outputs[name]) > 1000, name
    assert any(name.startswith("file spool") and text for name, text in proof.outputs.items())


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory, monkey: pytest.MonkeyPatch) -> Iterator[Proof]:
    """The same with words that are neither declared as names nor look like anything."""
    with staged(tmp_path_factory.mktemp("bare"), monkey) as stage:
        yield proved(stage, places=rounds.every_place(stage, "bare"))


LABELS = (".text", ".display", ".valueString", ".unit")
INSIDE = ("what models received", "what services saw", "cards")


def test_a_bare_word_that_nobody_declared_passes_as_a_label_of_a_code_at_most(bare: Proof) -> None:
    """A label is kept unless something in it could name somebody; a word of no language is not known to.

    This is what is left over, and it is written down in docs/threat-model.md: such a word may stand where the
    text of a code stands, and is in no log, no file, no error, no audit.
    """
    assert [str(leak) for leak in bare.leaks if not leak.where.startswith(INSIDE)] == []
    assert [str(leak) for leak in bare.leaks if not leak.canary.place.endswith(LABELS)] == []


EPONYM = "graves-type"
"""In a note about nodules, of a patient whom the Dr. Graves of another chart never met."""


@pytest.mark.slow
def test_no_name_number_or_date_of_the_synthetic_patients_is_anywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their real names, ids, identifiers, telephone numbers, addresses and every date of their records."""
    with staged(tmp_path, monkeypatch) as stage:
        found = proved(stage, records=rounds.records(stage))
    assert [leak for leak in found.leaks if EPONYM not in leak.amid] == []
    assert {status for _, status in found.statuses["records"]} == {200}
    assert "mL/min" in found.outputs["cards"]


@pytest.mark.slow
@pytest.mark.parametrize("first", [0, 12, 24])
def test_no_canary_grafted_onto_a_record_is_anywhere(
    first: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three dozen generated bundles: real charts that models can read, with canaries all over them."""
    with staged(tmp_path, monkeypatch) as stage:
        found = proved(stage, generated=rounds.generated(stage, range(first, first + 12)))
    assert found.leaks == []
    assert {status for _, status in found.statuses["generated"]} == {200}


@pytest.mark.parametrize("fhir", [{"validation": "all"}, {"validation": "all", "on_invalid": "refuse"}])
def test_validation_says_what_is_wrong_without_saying_what_was_sent(
    fhir: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with staged(tmp_path, monkeypatch, document={"fhir": fhir}) as stage:
        found = proved(stage, generated=rounds.generated(stage, range(3), voice="unique"))
    assert found.leaks == []


def _left_out(stage: Stage, way: str) -> None:
    """Fire a call in which the one resource that declares a name is not used, and a label says the name."""
    declaring = {"resourceType": "Patient", "id": "p1", "name": [{"family": NAME}]}
    label = {"resourceType": "Condition", "id": "c", "code": {"text": f"fall, told by {NAME}"}}
    condition = {**label, "subject": {"reference": "Patient/p1"}}
    bundle = {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": condition}]}
    prefetch = {"patient": declaring, "condition": bundle}
    if way == "it is not valid":
        prefetch["patient"] = {**declaring, "gender": ["female"]}
    else:
        person = {"resourceType": "RelatedPerson", "id": "r", "name": [{"family": NAME}]}
        prefetch = {
            "patient": {"resourceType": "Patient", "id": "p1"},
            "relative": person,
            "condition": bundle,
        }
    body = {
        "hook": "patient-view",
        "hookInstance": "1b0e4f1c-6f0e-4b5e-8d6d-3f0f6d1f4a11",
        "context": {"userId": "Practitioner/d1", "patientId": "p1"},
        "prefetch": prefetch,
    }
    assert stage.send("watcher", orjson.dumps(body)).status_code == 200


NAME = "Zuqavexij"


@pytest.mark.parametrize("way", ["it is not valid", "nobody asked for it"])
def test_what_a_resource_declares_is_known_although_the_resource_is_not_used(
    way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with staged(tmp_path, monkeypatch, document={"fhir": {"validation": "all"}}) as stage:
        _left_out(stage, way)
        stage.canaries.append(Canary("Patient.name.family", NAME))
        assert stage.leaks() == []
