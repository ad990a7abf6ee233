"""FHIR-shaped garbage: nothing crashes, every refusal is an OperationOutcome, no canary comes out."""

import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from privacy_canaries import garbage
from privacy_canaries.minting import Canary
from privacy_canaries.outputs import answered
from privacy_canaries.scanning import Scanner
from privacy_canaries.stage import Stage, staged

from cds.fhir.read import record
from cds.privacy.deidentify import deidentify

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
RANDOM = st.randoms(note_method_calls=False)


def _leaks(canaries: list[Canary], *shown: Any) -> list[str]:
    return [str(leak) for leak in Scanner(canaries).leaks("clean", "\n".join(map(repr, shown)))]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(RANDOM)
def test_garbage_passes_the_door_without_a_crash_and_without_a_canary(random: Random) -> None:
    found, mint = garbage.planted(random)
    half = random.randrange(len(found) + 1)
    clean = deidentify([("key", r) for r in found[:half]], drafts=[("/x", r) for r in found[half:]], now=NOW)
    made = record(clean.resources, lists={})
    assert _leaks(mint.made, clean.resources, clean.drafts, clean.dropped, clean.refused, made) == []


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(RANDOM)
def test_what_was_cleaned_leads_back_to_nothing_but_what_was_sent(random: Random) -> None:
    """Originals are held whole and unchanged: cleaning writes into nothing it was given."""
    found, _ = garbage.planted(random)
    before = json.dumps(found)
    clean = deidentify([("key", r) for r in found], now=NOW)
    assert json.dumps(found) == before
    assert all(any(clean.originals.get(token) is r for r in found) for token in clean.originals)


def _send(stage: Stage, random: Random, seen: Counter[Any]) -> None:
    name = random.choice(sorted(stage.services))
    service = stage.services[name].inner
    hook = random.choice(service.hooks)
    body, mint = garbage.body(random, hook, list(service.needs(hook)))
    response = stage.site.post(body, f"/cds-services/{name}")
    answered(response, stage.kept)
    stage.planted(mint)
    seen[response.status_code] += 1
    assert response.status_code in {200, 400, 412, 413}, response.get_data(as_text=True)
    if response.status_code != 200:
        outcome = response.get_json()
        assert outcome["resourceType"] == "OperationOutcome"
        assert outcome["issue"][0]["severity"] == "error"


def _fuzzed(stage: Stage, examples: int) -> Counter[Any]:
    """Fire garbage; whatever was answered, logged and kept is searched for all of its canaries at the end."""
    seen: Counter[Any] = Counter()

    # A failure is told as it is: what the service remembers between calls makes no smaller example fail.
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(RANDOM)
    def fire(random: Random) -> None:
        _send(stage, random, seen)

    fire()
    stage.shutter()
    assert [str(leak) for leak in stage.leaks()] == []
    assert stage.site.web.get("/healthz/ready").status_code == 200
    return seen


@pytest.mark.parametrize("validation", ["off", "all"])
def test_garbage_over_HTTP_is_answered_or_refused_and_tells_nothing(
    validation: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with staged(tmp_path, monkeypatch, document={"fhir": {"validation": validation}}) as stage:
        seen = _fuzzed(stage, 25)
    assert seen[200]
    assert seen[400]


@pytest.mark.slow
def test_a_long_run_of_garbage_over_HTTP_tells_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with staged(tmp_path, monkeypatch) as stage:
        seen = _fuzzed(stage, 300)
    assert {200, 400} <= set(seen)
