"""The measurement of order-sign asks what it says it asks, and every request is answered."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]


def _json(*line: str) -> Any:
    done = subprocess.run([sys.executable, *line], capture_output=True, text=True, check=False, timeout=280)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)


@pytest.mark.slow
def test_every_request_is_answered_and_the_figures_are_in_order() -> None:
    found = _json(str(ROOT / "bench" / "order_sign.py"), "--requests", "40", "--results", "20", "--json")
    assert found["requests"] == 40
    assert 0 < found["p50_ms"] <= found["p95_ms"] <= found["p99_ms"]


@pytest.mark.slow
def test_five_drafts_are_sent_beside_twelve_drugs_and_no_two_requests_are_the_same() -> None:
    program = (
        f"import sys; sys.path.insert(0, {str(ROOT / 'bench')!r})\n"
        "import json, orjson\n"
        "from order_sign import calls\n"
        "from stamp import stamped\n"
        "kinds = calls(20)\n"
        "one = orjson.loads(kinds[0])\n"
        "listed = [e['resource'] for e in one['prefetch']['medications']['entry']]\n"
        "print(json.dumps({'kinds': len(set(kinds)), 'drafts': len(one['context']['draftOrders']['entry']),\n"
        "  'active': sum(r['status'] == 'active' for r in listed),\n"
        "  'same': stamped(kinds[0], 1) == stamped(kinds[0], 2)}))\n"
    )
    assert _json("-c", program) == {"kinds": 252, "drafts": 5, "active": 12, "same": False}
