"""The measurement of sealing runs and names every ring and size."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
def test_every_ring_is_measured_at_every_size() -> None:
    line = [sys.executable, str(ROOT / "bench" / "sealing.py"), "--repeat", "1", "--json"]
    done = subprocess.run(line, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)["rows"]
    assert {(row["ring"], row["bytes"]) for row in rows} == {
        (ring, size) for ring in ("file", "env", "service") for size in (200, 2_000, 20_000, 200_000)
    }
    assert all(0 < row[name] < 5_000 for row in rows for name in ("seal_us", "open_us", "rewrap_us"))
