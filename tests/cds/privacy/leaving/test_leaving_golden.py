"""Pairs of what came in and what leaves, read by people before they are kept.

`CLINICARDS_WRITE_FIXTURES=1 pytest tests/cds/privacy/leaving/test_leaving_golden.py` writes the outputs; read
what changed before it is kept.
"""

import json
import os
import re
from pathlib import Path

import pytest
from leaving_world import KEY, NOW, leaks, scrub

from cds.fhir.validate import faults
from cds.privacy.leaving import Policy, transform

FOLDER = Path(__file__).parents[4] / "fixtures" / "fhir" / "deid" / "leaving"
NAMES = sorted(path.stem for path in (FOLDER / "input").glob("*.json"))
OPTIONS = {"limited": {"key": KEY}, "safe_harbor": {"zip3": True}}


def made(name, profile):
    """Return what leaves; random tokens are numbered in the order they come, so that they can be compared."""
    source = json.loads((FOLDER / "input" / f"{name}.json").read_text(encoding="utf-8"))
    found = transform(source, Policy(profile, NOW, **OPTIONS[profile]), scrub=scrub)
    result = {"resources": list(found.resources), "manifest": found.manifest.as_dict()}
    return _numbered(result) if profile == "safe_harbor" else json.loads(json.dumps(result))


def _numbered(value):
    text = json.dumps(value, ensure_ascii=False)
    seen = {}
    token = re.compile(r"\b[0-9a-f]{32}\b|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|2\.25\.[0-9]{30,}")
    return json.loads(token.sub(lambda m: seen.setdefault(m[0], f"token-{len(seen) + 1}"), text))


@pytest.mark.parametrize("profile", sorted(OPTIONS))
@pytest.mark.parametrize("name", NAMES)
def test_what_leaves_is_what_was_read_and_kept(name, profile):
    path = FOLDER / "output" / f"{name}.{profile}.json"
    found = made(name, profile)
    if os.environ.get("CLINICARDS_WRITE_FIXTURES"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    assert found == json.loads(path.read_text(encoding="utf-8"))
    assert leaks(found) == []


@pytest.mark.parametrize("name", NAMES)
def test_the_pairs_are_valid(name):
    source = json.loads((FOLDER / "input" / f"{name}.json").read_text(encoding="utf-8"))
    assert faults(source) == []
    for profile, options in OPTIONS.items():
        found = transform(source, Policy(profile, NOW, **options), scrub=scrub)
        assert [faults(r) for r in found.resources] == [[]]


def test_there_are_pairs():
    assert len(NAMES) >= 5
