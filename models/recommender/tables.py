"""The report as lines of a table, for people who read it in a terminal."""

from collections.abc import Iterator, Mapping
from typing import Any

COLUMNS = (
    ("hit@1", "hit@1"), ("hit@5", "hit@5"), ("hit@10", "hit@10"), ("ndcg", "ndcg"),
    ("first order of a person hit@5", "1st order"), ("first order of an item hit@5", "new item"),
    ("jaccard", "Jaccard"), ("f1", "F1"), ("prauc", "PRAUC"), ("DDI rate", "DDI rate"),
)  # fmt: skip
WIDE = 34


def lines(report: Mapping[str, Any]) -> list[str]:
    """Return the report as lines."""
    return [*_models(report), "", *_groups(report), "", *_served(report), "", *_gates(report)]


def _models(report: Mapping[str, Any]) -> Iterator[str]:
    data = report["data"]
    size = f"{data['people']} people, {data['orders']} orders"
    yield f"{data['kind']}: {size}; {len(report['seeds'])} seeds, 95 % intervals"
    yield f"{'':<{WIDE}}" + "".join(f"{title:>11}" for _, title in COLUMNS)
    named = {f"ridge, {view} (default)": row for view, row in report["default"].items()} | report["rivals"]
    for name, row in named.items():
        yield f"{name:<{WIDE}}" + "".join(f"{_mean(row.get(key)):>11}" for key, _ in COLUMNS)
    for view, row in report["default"].items():
        shown = (f"{title} {_span(row[key])}" for key, title in COLUMNS[:6])
        yield f"ridge, {view}: {', '.join(shown)}"


def _groups(report: Mapping[str, Any]) -> Iterator[str]:
    for title, rows in (("sex and age", report["subgroups"]), ("new condition", report["by_condition"])):
        yield f"hit@5 by {title}, worst first"
        for row in rows[:8]:
            yield f"  {row['group']:<56}{row['hit@5']:>7.3f}  of {row['orders']}"


def _served(report: Mapping[str, Any]) -> Iterator[str]:
    for name, row in report["served"].items():
        shown = ", ".join(f"{key} {value}" for key, value in row.items()) if isinstance(row, Mapping) else row
        yield f"served, {name}: {shown}"


def _gates(report: Mapping[str, Any]) -> Iterator[str]:
    for gate in report["gates"]:
        aim = f", aim {gate['aim']}" if "aim" in gate else ""
        word = "passed" if gate["passed"] else "FAILED"
        yield f"{word}: {gate['gate']} {gate['value']:.4g} (must {gate['must']}{aim})"


def _mean(row: Mapping[str, float] | None) -> str:
    return f"{row['mean']:.3f}" if row else "-"


def _span(row: Mapping[str, float]) -> str:
    return f"{row['mean']:.3f} ({row.get('low', row['mean']):.3f}-{row.get('high', row['mean']):.3f})"
