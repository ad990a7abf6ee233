"""What a run found: one result a line of the checklist, as a value, a table and an exit code."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

Level = Literal["M", "S", "O", "STU", "-"]
Outcome = Literal["pass", "fail", "warn", "not-run"]

EXCERPT: Final = 200
OUTCOMES: Final[tuple[Outcome, ...]] = ("fail", "warn", "pass", "not-run")
_COLOURS: Final[Mapping[Outcome, str]] = {
    "fail": "bold red",
    "warn": "yellow",
    "pass": "green",
    "not-run": "dim",
}


@dataclass(frozen=True, kw_only=True)
class Check:
    """One line of the checklist."""

    id: str
    level: Level
    title: str
    section: str


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """Where a line was broken: the request, the status, the place in the body and what stood there."""

    where: str
    status: int | None = None
    pointer: str = ""
    excerpt: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "excerpt", self.excerpt[:EXCERPT])


@dataclass(frozen=True, kw_only=True)
class Result:
    """The judgement on one line."""

    check: Check
    outcome: Outcome
    reason: str
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Report:
    """Everything one run found; `error` says why a run could not be made."""

    base_url: str
    results: tuple[Result, ...]
    requests: int
    seconds: float
    error: str = ""

    def result(self, check_id: str) -> Result:
        """Return the result of one line."""
        return next(result for result in self.results if result.check.id == check_id)

    def failed_musts(self) -> tuple[Result, ...]:
        """Return the failed lines of level MUST."""
        return tuple(r for r in self.results if r.outcome == "fail" and r.check.level == "M")


def exit_code(report: Report) -> int:
    """Return 0 without a failed MUST, 1 with one, 2 when the run could not be made."""
    if report.error:
        return 2
    return 1 if report.failed_musts() else 0


def to_dict(report: Report) -> dict[str, Any]:
    """Return the report as JSON-ready data."""
    return {
        "base_url": report.base_url,
        "exit_code": exit_code(report),
        "error": report.error,
        "requests": report.requests,
        "seconds": round(report.seconds, 3),
        "summary": _summary(report),
        "results": [_row(result) for result in report.results],
    }


def render(report: Report) -> RenderableType:
    """Return the report as a table for people, worst first, with the evidence under each broken line."""
    table = Table(title=f"CDS Hooks conformance of {report.base_url}")
    for heading in ("line", "level", "result"):
        table.add_column(heading, no_wrap=True)
    table.add_column("what")
    for result in sorted(report.results, key=lambda r: OUTCOMES.index(r.outcome)):
        table.add_row(
            result.check.id,
            result.check.level,
            Text(result.outcome, style=_COLOURS[result.outcome]),
            _what(result),
        )
    return Group(table, _closing(report))


def _summary(report: Report) -> dict[str, int]:
    counts = Counter(result.outcome for result in report.results)
    return {**{outcome: counts[outcome] for outcome in OUTCOMES}, "failed_musts": len(report.failed_musts())}


def _row(result: Result) -> dict[str, Any]:
    row: dict[str, Any] = asdict(result.check)
    return {
        **row,
        "outcome": result.outcome,
        "reason": result.reason,
        "evidence": [asdict(item) for item in result.evidence],
    }


def _what(result: Result) -> Text:
    text = Text(result.check.title)
    if result.reason:
        text.append(f"\n{result.reason}", style="italic")
    for item in result.evidence:
        # An answer is foreign text: it is appended, never parsed as markup.
        text.append(f"\n  {item.where} -> {item.status} {item.pointer} {item.excerpt}".rstrip(), style="dim")
    return text


def _closing(report: Report) -> Text:
    if report.error:
        return Text(f"Could not run: {report.error}", style="bold red")
    counts = _summary(report)
    words = ", ".join(f"{counts[outcome]} {outcome}" for outcome in OUTCOMES)
    closing = f"{words}; {counts['failed_musts']} failed MUST. "
    return Text(f"{closing}{report.requests} requests in {report.seconds:.1f} s.")
