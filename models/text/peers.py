"""Ask peers the same questions in the same run.

By another Python that has them, through `bench/text_peers.py`.
"""

import json
import subprocess
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from models.base import ModelError
from models.text import counts
from models.text.counts import Count
from models.text.evaluate import DISEASES
from models.text.learning import corpora

SCRIPT = Path(__file__).resolve().parents[2] / "bench" / "text_peers.py"
FLAGS = ("negated", "uncertain", "historical", "hypothetical")


def compared(python: Path, peer: str, *, data: str | None) -> dict[str, Any]:
    """Return a peer's figures on NegEx and case reports, and how long it took for a document."""
    if not SCRIPT.exists():
        raise ModelError(
            "bench/text_peers.py is not part of an installed wheel: run from a checkout", code="usage"
        )
    records = list(_records(data))
    lines = "\n".join(
        json.dumps({"id": n, "text": r["text"], "spans": r["spans"]}) for n, r in enumerate(records)
    )
    done = subprocess.run(  # noqa: S603  # the interpreter that the caller names
        [str(python), str(SCRIPT), peer], input=lines, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise ModelError(f"{peer} cannot be run: {done.stderr.strip().splitlines()[-1]}", code="usage")
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    made: dict[str, list[Count]] = defaultdict(list)
    for record, answer in zip(records, answers[:-1], strict=True):
        for flag in FLAGS:
            if flag in record["gold"][0] and any(flag in told for told in answer["flags"]):
                pairs = zip(answer["flags"], record["gold"], strict=True)
                made[f"{record['set']} {flag}"].append(
                    counts.total([counts.one(bool(told.get(flag)), gold[flag]) for told, gold in pairs])
                )
    return {
        "peer": peer,
        **{name: counts.figures(rows) for name, rows in made.items()},
        "ms_per_document": round(1000 * answers[-1]["seconds"] / len(records), 2),
    }


def _records(data: str | None) -> Iterator[Mapping[str, Any]]:
    for row in corpora.negex(data):
        gold = {
            "negated": row.negated,
            "historical": row.temporality == "Historical",
            "hypothetical": row.temporality == "Not particular",
        }
        place = {"start": row.span[0], "end": row.span[1]}
        yield {"set": "negex", "text": row.text, "spans": [place], "gold": [gold]}
    for report in corpora.maccrobat(data):
        marked = [span for span in report.spans if span.kind in DISEASES]
        if marked:
            yield {
                "set": "maccrobat",
                "text": report.text,
                "spans": [{"start": span.start, "end": span.end} for span in marked],
                "gold": [
                    {"negated": s.polarity == "NEG", "uncertain": s.polarity in corpora.UNCERTAIN}
                    for s in marked
                ],
            }
