"""docs/medication-safety.md holds the rules and figures as they are."""

from pathlib import Path
from typing import Any

import pytest

from models.knowledge.drugs.knowledge import load_drugs
from models.medsafety import figures, rendering

DOCUMENT = Path(__file__).parents[3] / "docs" / "medication-safety.md"


def test_the_rules_of_the_document_are_those_of_the_tables() -> None:
    """After a change: python -m models.medsafety.rendering --write docs/medication-safety.md."""
    assert rendering.rules_markdown(load_drugs()) in DOCUMENT.read_text(encoding="utf-8")


def test_every_rule_stands_in_the_document_once() -> None:
    text = rendering.rules_markdown(load_drugs())
    assert all(text.count(f"| `{name}` |") == 1 for name in load_drugs().rules)


def test_writing_twice_changes_nothing() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    once = rendering.placed(text, rendering.rules_markdown(load_drugs()))
    assert rendering.placed(once, rendering.rules_markdown(load_drugs())) == once


def test_a_document_without_marks_is_refused() -> None:
    with pytest.raises(rendering.DocumentError, match="rules"):
        rendering.placed("no marks", "text")


@pytest.mark.parametrize("name", ["rules", "figures"])
def test_the_command_writes_between_the_marks(name: str, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(figures, "evaluate", lambda: REPORT)
    module = {"rules": rendering, "figures": figures}[name]
    path = tmp_path / "document.md"
    path.write_text(f"before\n{module.BEGIN}\nwhat was here\n{module.END}\nafter\n", encoding="utf-8")
    assert module.main(["--write", str(path)]) == 0
    text = path.read_text(encoding="utf-8")
    assert text.startswith("before\n")
    assert text.endswith("after\n")
    assert "what was here" not in text


ROW = {
    "value": 0.95,
    "cases": 20,
    "cases_always_right": 19,
    "interval_95_of_cases": [0.76, 0.99],
    "orders": 100,
}
REPORT = {
    "sensitivity_by_kind": {"renal": ROW},
    "sensitivity": ROW,
    "burden": {
        "ppv": 0.81234,
        "alerts_per_1000_orders": 97.2,
        "interruptions_per_100_orders": 5.5,
        "critical_share": 0.4,
        "clean_orders": 1300,
        "clean_alerts_per_100_orders": 0.5,
        "clean_interruptions_per_100_orders": 0.1,
    },
    "silent": ROW,
    "silent_without_a_word": 0.8,
    "called_critical_where_excluded": 0.9,
    "speed": {"judge_ms": {"p95": 2.0}, "run_ms": {"p95": 7.0}},
    "subgroups": {"age": {"65 and over": ROW}},
    "worst_subgroup": {"group": "kind: renal", **ROW},
}


def test_figures_are_those_of_the_report() -> None:
    text = figures.figures_markdown(REPORT)
    assert "| renal | 0.950 | 20 | 19 of 20 | 0.760-0.990 |" in text
    assert "| PPV of warnings and critical alerts | 0.812 |" in text
    assert "| worst: kind: renal | 0.950 | 100 |" in text
