"""The measurement of the whole path runs, asks what it says it asks, and checks every answer."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]


def _run(script: str, *options: str) -> Any:
    line = [sys.executable, str(ROOT / "bench" / script), *options, "--json"]
    done = subprocess.run(line, capture_output=True, text=True, check=False, timeout=280)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)


@pytest.mark.slow
def test_each_contender_is_measured_and_every_answer_is_200_with_a_card() -> None:
    found = _run("hook.py", "--seconds", "0.5", "--connections", "1,5", "--healthchain", "off")
    assert found["healthchain"] == "left out as asked"
    assert {(row["contender"], row["connections"]) for row in found["rows"]} == {
        (name, connections)
        for name in ("clinicards", "clinicards, same", "clinicards, no validation", "Flask echo")
        for connections in (1, 5)
    }
    for row in found["rows"]:
        assert row["requests"] > 0
        assert row["bad"] == {}
        assert 0 < row["p50_ms"] <= row["p99_ms"]
    assert [goal["figure"] > 0 for goal in found["goals"]] == [True] * 4


@pytest.mark.slow
def test_what_is_sent_is_41_kb_with_50_resources_and_never_twice_the_same() -> None:
    program = (
        f"import sys; sys.path.insert(0, {str(ROOT / 'bench')!r})\n"
        "import json, bodies, stamp\n"
        "made = bodies.bodies(200)\n"
        "sent = [stamp.stamped(body, n) for n, body in enumerate(made + made)]\n"
        "calls = [json.loads(body) for body in sent]\n"
        "rows = [[r for v in c['prefetch'].values() for r in ([e['resource'] for e in v['entry']]\n"
        "         if v['resourceType'] == 'Bundle' else [v])] for c in calls]\n"
        "print(json.dumps({'sizes': [len(b) for b in sent], 'counts': [len(r) for r in rows],\n"
        "    'calls': len({c['hookInstance'] for c in calls}),\n"
        "    'ids': len({(r['resourceType'], r['id']) for found in rows for r in found})}))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    assert all(39_000 <= size <= 43_000 for size in found["sizes"])
    assert set(found["counts"]) == {50}
    assert found["calls"] == 400
    assert found["ids"] == 400 * 50


@pytest.mark.slow
def test_stages_add_up_to_about_the_whole_request() -> None:
    rows = {row["stage"]: row["ms"] for row in _run("stages.py", "--requests", "60")}
    whole = rows.pop("whole request")
    assert {"JWT and replay guard", "de-identify", "scores", "audit and store"} <= set(rows)
    assert sum(rows.values()) == pytest.approx(whole, rel=0.2)
