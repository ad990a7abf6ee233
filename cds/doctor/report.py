"""One check: its name, how it went, what was seen, and the fix; and all of them for people and machines."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

State = Literal["ok", "warn", "fail", "skipped"]
_SIGNS: dict[State, tuple[str, str]] = {
    "ok": ("✓ ok", "green"),
    "warn": ("! warn", "yellow"),
    "fail": ("✗ FAIL", "bold red"),
    "skipped": ("- skipped", "dim"),
}


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at. `seen` and `fix` hold no key, token or patient data."""

    name: str
    state: State
    seen: str
    fix: str = ""


def ok(name: str, seen: str) -> Check:
    """Return a check that found nothing wrong."""
    return Check(name, "ok", seen)


def warn(name: str, seen: str, fix: str) -> Check:
    """Return a check that found something that works and should be looked at."""
    return Check(name, "warn", seen, fix)


def fail(name: str, seen: str, fix: str) -> Check:
    """Return a check that found something that will not work."""
    return Check(name, "fail", seen, fix)


def skipped(name: str, why: str) -> Check:
    """Return a check that could not be made."""
    return Check(name, "skipped", why)


def exit_code(checks: Iterable[Check]) -> int:
    """Return 1 where a check failed, else 0; 2 is for a doctor who could not begin."""
    return int(any(check.state == "fail" for check in checks))


def as_json(checks: Sequence[Check]) -> dict[str, Any]:
    """Return the checks as JSON data."""
    counts = Counter(check.state for check in checks)
    rows = [{k: v for k, v in asdict(check).items() if v} for check in checks]
    return {"exit_code": exit_code(checks), "summary": dict(counts), "checks": rows}


def render(checks: Sequence[Check]) -> RenderableType:
    """Return the checks as a table with the fix under what was seen."""
    table = Table(box=box.SIMPLE, show_edge=False, pad_edge=False)
    table.add_column("result", no_wrap=True)
    table.add_column("check", overflow="fold", ratio=1)
    table.add_column("what was seen", overflow="fold", ratio=3)
    for check in checks:
        sign, style = _SIGNS[check.state]
        told = Text(check.seen)
        if check.fix:
            told.append(f"\nfix: {check.fix}", style="bold")
        table.add_row(Text(sign, style), Text(check.name), told)
    counts = Counter(check.state for check in checks)
    summary = ", ".join(f"{counts[state]} {state}" for state in _SIGNS)
    return Group(table, Text(f"\n{summary}."))
