"""The figures of an evaluation as they stand in docs/medication-safety.md.

python -m models.medsafety.figures --write docs/medication-safety.md
"""

import argparse
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from models.medsafety.evaluate import evaluate
from models.medsafety.rendering import placed

BEGIN, END = "<!-- figures: written by models.medsafety.figures -->", "<!-- end of figures -->"


def figures_markdown(report: Mapping[str, Any]) -> str:
    """Return the tables of a report."""
    return "\n".join([BEGIN, "", *_kinds(report), "", *_burden(report), "", *_groups(report), "", END])


def _kinds(report: Mapping[str, Any]) -> Iterator[str]:
    yield "| kind | sensitivity | cases | found in every wording | 95 % interval of that |"
    yield "|---|---|---|---|---|"
    for kind, row in {**report["sensitivity_by_kind"], "all": report["sensitivity"]}.items():
        low, high = row["interval_95_of_cases"]
        found = f"{row['cases_always_right']} of {row['cases']}"
        yield f"| {kind} | {row['value']:.3f} | {row['cases']} | {found} | {low:.3f}-{high:.3f} |"


def _burden(report: Mapping[str, Any]) -> Iterator[str]:
    burden, silent, speed = report["burden"], report["silent"], report["speed"]
    low, high = silent["interval_95_of_cases"]
    rows = {
        "PPV of warnings and critical alerts": f"{burden['ppv']:.3f}",
        "warnings and critical alerts per 1,000 orders": f"{burden['alerts_per_1000_orders']:.0f}",
        "interruptions per 100 orders": f"{burden['interruptions_per_100_orders']:.1f}",
        "share of these alerts that is critical": f"{burden['critical_share']:.2f}",
        f"warnings per 100 clean orders (of {burden['clean_orders']})": (
            f"{burden['clean_alerts_per_100_orders']:.2f}"
        ),
        "interruptions per 100 clean orders": f"{burden['clean_interruptions_per_100_orders']:.2f}",
        "silent situations left in peace": f"{silent['value']:.3f} (95 % {low:.3f}-{high:.3f} of cases)",
        "of these without a word": f"{report['silent_without_a_word']:.3f}",
        "called critical where a label excludes it": f"{report['called_critical_where_excluded']:.3f}",
        "judging 12 drugs and 5 orders, p95 of CPU": f"{speed['judge_ms']['p95']:.1f} ms",
        "reading and judging, p95 of CPU": f"{speed['run_ms']['p95']:.1f} ms",
    }
    yield "| measure | value |"
    yield "|---|---|"
    yield from (f"| {name} | {value} |" for name, value in rows.items())


def _groups(report: Mapping[str, Any]) -> Iterator[str]:
    yield "| subgroup | sensitivity | orders |"
    yield "|---|---|---|"
    for name, groups in report["subgroups"].items():
        for label, row in groups.items():
            yield f"| {name}: {label} | {row['value']:.3f} | {row['orders']} |"
    worst = report["worst_subgroup"]
    yield f"| worst: {worst['group']} | {worst['value']:.3f} | {worst['orders']} |"


def main(arguments: list[str] | None = None) -> int:
    """Evaluate, and print the figures or write them into a document."""
    parser = argparse.ArgumentParser(description="Print the figures of medication safety as Markdown.")
    parser.add_argument("--write", type=Path, help="document to put them into")
    options = parser.parse_args(arguments)
    figures = figures_markdown(evaluate())
    if options.write is None:
        sys.stdout.write(figures + "\n")
    else:
        document = options.write.read_text(encoding="utf-8")
        options.write.write_text(placed(document, figures, begin=BEGIN, end=END), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
