"""Every finding of every demo patient, kept as digests: a change of code alone changes none of them.

`CLINICARDS_REWRITE_GOLDEN=1` writes the digests anew where a change of results is meant.
"""

import os
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson
import pytest
from score_records import COMPLETE, findings

from cds.fhir.read import record as read
from cds.privacy.deidentify import deidentify
from models.base import Finding
from models.record import Record

PATIENTS = Path(__file__).parents[3] / "fixtures" / "fhir" / "patients"
GOLDEN = Path(__file__).parent / "golden.json"
REWRITE = bool(os.environ.get("CLINICARDS_REWRITE_GOLDEN"))
INDEX = orjson.loads((PATIENTS / "index.json").read_bytes())
NOW = datetime.fromisoformat(INDEX["reference"]).astimezone(UTC)
SLUGS = [patient["slug"] for patient in INDEX["patients"]]


def chart(slug: str) -> Record:
    """Return a demo patient's record, its random references replaced by their order."""
    bundle = orjson.loads((PATIENTS / f"{slug}.json").read_bytes())
    clean = deidentify((("chart", entry["resource"]) for entry in bundle["entry"]), now=NOW).resources
    stays = (r for r in clean if r["resourceType"] == "Encounter" and r.get("status") == "in-progress")
    current = next((f"Encounter/{stay['id']}" for stay in stays), "")
    found = read(clean, lists=COMPLETE, encounter=current)
    order: dict[str, str] = {"": ""}

    def named(ref: str) -> str:
        return order.setdefault(ref, f"{ref.partition('/')[0]}/{len(order)}")

    facts = [
        replace(fact, ref=named(fact.ref), group=named(fact.group), encounter=named(fact.encounter))
        for fact in found.facts
    ]
    return replace(found, facts=tuple(facts), current_encounter=named(found.current_encounter))


def plain(value: Any) -> Any:
    """Return a value as JSON can carry it, types told apart and floats to ten digits.

    The last digits of a logarithm are the machine's, not ours.
    """
    if is_dataclass(value) and not isinstance(value, type):
        return {part.name: plain(getattr(value, part.name)) for part in fields(value)}
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [type(value).__name__, *map(plain, value)]
    return f"{value:.10g} float" if isinstance(value, float) else value


def digest(value: Any) -> str:
    """Return twelve hexadecimal digits that stand for a value."""
    return sha256(orjson.dumps(plain(value))).hexdigest()[:12]


def digests(slug: str) -> dict[str, str]:
    """Return the digests of a patient's record, of each telling finding and of all others together."""
    person = chart(slug)
    found = findings(person)
    told = {code: f for code, f in found.items() if telling(f)}
    others = [f for code, f in found.items() if code not in told]
    return {"record": digest(person), "others": digest(others), **{c: digest(f) for c, f in told.items()}}


def telling(finding: Finding) -> bool:
    """Tell whether a finding applies or has inputs; the rest say only why not."""
    return finding.applies or bool(finding.inputs)


@pytest.mark.parametrize("slug", SLUGS)
def test_no_finding_of_a_demo_patient_has_changed(slug):
    now = digests(slug)
    kept = orjson.loads(GOLDEN.read_bytes()) if GOLDEN.exists() else {}
    if REWRITE:
        text = orjson.dumps(dict(sorted({**kept, slug: now}.items())), option=orjson.OPT_INDENT_2)
        GOLDEN.write_bytes(text + b"\n")
        return
    before = kept.get(slug, {})
    assert now["record"] == before.get("record"), f"{slug} is read into another record than before"
    changed = sorted(code for code in now.keys() | before.keys() if now.get(code) != before.get(code))
    assert not changed, f"findings of {slug} changed: {', '.join(changed)}"
