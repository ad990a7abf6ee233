"""The measurement: contenders in turn, what was heard of each, how they stand against ours."""

import itertools
import os
import platform
import statistics
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bodies import RESOURCES, bodies
from contenders import (
    HEALTHCHAIN,
    THREADS,
    WORKERS,
    Contender,
    NotStarted,
    clinicards,
    flask_echo,
    healthchain,
    stop,
)
from cpu import tree_seconds
from load import Heard, Plan, fire
from rich.console import Console
from rich.table import Table

DIFFERENT = 240
MOST_CPU_MS = 6.0
AIM_CPU_MS = 3.0
LEAST_TIMES = 5.0
_SLICE = 2.5
"""Seconds of one turn: long against a clock tick of 10 ms, short against the moods of a shared machine."""


@dataclass
class Row:
    """What was measured of one contender at one number of connections, slice by slice."""

    contender: Contender
    connections: int
    heard: list[Heard] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    @property
    def requests(self) -> int:
        """Answers in all slices."""
        return sum(len(h.latencies) for h in self.heard)

    @property
    def cpu_ms(self) -> float:
        """Processor time of the server's processes for a request, in milliseconds."""
        return 1000 * sum(self.cpu) / max(self.requests, 1)

    @property
    def per_second(self) -> float:
        """Answers a second."""
        return self.requests / max(sum(h.seconds for h in self.heard), 1e-9)

    @property
    def client_ms(self) -> float:
        """Processor time of the client for a request, in milliseconds."""
        return 1000 * sum(h.client_cpu for h in self.heard) / max(self.requests, 1)

    def latency_ms(self, share: float) -> float:
        """Return a percentile of the latencies in milliseconds."""
        ranked = sorted(x for h in self.heard for x in h.latencies)
        return 1000 * ranked[min(int(share * len(ranked)), len(ranked) - 1)] if ranked else float("nan")

    def bad(self) -> dict[str, int]:
        """Return how many answers were wrong, by what was wrong."""
        found: Counter[str] = Counter()
        for heard in self.heard:
            found.update(heard.bad)
        return dict(found)

    def slices_per_second(self) -> list[float]:
        """Return the answers a second of each slice: how much the machine's mood moves the figure."""
        return [round(len(h.latencies) / h.seconds, 1) for h in self.heard]


def measure(
    contenders: Sequence[Contender], connections: Sequence[int], *, seconds: float, requests: Sequence[bytes]
) -> list[Row]:
    """Return a row for each contender and number of connections."""
    rows = [Row(contender, count) for count in connections for contender in contenders]
    serials = itertools.count(1, 1_000_000)
    pace = {row.contender.name: _warm(row.contender, requests, next(serials)) for row in rows}
    turns = max(1, round(seconds / _SLICE))
    for turn in range(turns):
        for row in rows if turn % 2 == 0 else reversed(rows):
            plan = _plan(row, seconds / turns, pace[row.contender.name], requests, next(serials))
            heard, cpu = fire(plan, cpu=_cpu_of(row.contender))
            row.heard.append(heard)
            row.cpu.append(cpu)
    return rows


def _plan(row: Row, seconds: float, pace: float, requests: Sequence[bytes], serial: int) -> Plan:
    contender = row.contender
    return Plan(
        port=contender.port,
        path=contender.path,
        seconds=seconds,
        connections=row.connections,
        # Tokens are made for twice what the warm-up answered: a slice ends early rather than measure signing.
        requests=round(2 * pace * seconds) + 20,
        bodies=requests,
        serial=serial,
        same=contender.same,
        signer=contender.signer,
    )


def _warm(contender: Contender, requests: Sequence[bytes], serial: int) -> float:
    """Send for a moment so that every worker has loaded all it needs; return answers a second."""
    row = Row(contender, 2 * WORKERS)
    pace = 0.0
    for number in range(2):
        plan = _plan(row, 1.0, 600, requests, serial + number * 100_000)
        heard, _ = fire(plan, cpu=lambda: 0.0)
        pace = len(heard.latencies) / heard.seconds
        if heard.bad:
            raise NotStarted(f"{contender.name} does not answer well: {heard.bad}")
    return pace


def _cpu_of(contender: Contender) -> Callable[[], float]:
    return lambda: tree_seconds(contender.process.pid)


def report(rows: Sequence[Row], sizes: Sequence[int], skipped: str) -> dict[str, Any]:
    """Return all figures as one JSON object."""
    return {
        "machine": {
            "cores": len(os.sched_getaffinity(0)),
            "python": platform.python_version(),
            "system": platform.system(),
        },
        "servers": {"workers": WORKERS, "threads": THREADS},
        "request": {"resources": RESOURCES, "bytes": [min(sizes), max(sizes)], "different": len(sizes)},
        "healthchain": skipped or HEALTHCHAIN,
        "rows": [_figures(row) for row in rows],
        "ratios": list(_ratios(rows)),
        "goals": list(_goals(rows)),
    }


def _figures(row: Row) -> dict[str, Any]:
    return {
        "contender": row.contender.name,
        "about": row.contender.about,
        "connections": row.connections,
        "requests": row.requests,
        "bad": row.bad(),
        "cpu_ms": round(row.cpu_ms, 2),
        "p50_ms": round(row.latency_ms(0.5), 2),
        "p99_ms": round(row.latency_ms(0.99), 2),
        "per_second": round(row.per_second, 1),
        "slices_per_second": row.slices_per_second(),
        "client_cpu_ms": round(row.client_ms, 2),
    }


def _ratios(rows: Sequence[Row]) -> Iterator[dict[str, Any]]:
    """Yield how each contender stands against ours: more than 1 where ours does better."""
    ours = {row.connections: row for row in rows if row.contender.name == "clinicards"}
    for row in rows:
        base = ours[row.connections]
        if row is not base and row.requests and base.requests:
            paired = [
                a / b for a, b in zip(base.slices_per_second(), row.slices_per_second(), strict=True) if b
            ]
            yield {
                "contender": row.contender.name,
                "connections": row.connections,
                "cpu": round(row.cpu_ms / base.cpu_ms, 2),
                "p50": round(row.latency_ms(0.5) / base.latency_ms(0.5), 2),
                "throughput": round(base.per_second / row.per_second, 2),
                "throughput_median_of_slices": round(statistics.median(paired), 2) if paired else None,
            }


def _goals(rows: Sequence[Row]) -> Iterator[dict[str, Any]]:
    """Yield each goal with its figure and whether it was reached in this run."""
    for row in rows:
        if row.contender.name == "clinicards":
            for goal, limit in (("must", MOST_CPU_MS), ("aim", AIM_CPU_MS)):
                words = (
                    f"{goal}: at most {limit:g} ms of processor time a request, {row.connections} connections"
                )
                yield {"goal": words, "figure": round(row.cpu_ms, 2), "reached": row.cpu_ms <= limit}
    for ratio in _ratios(rows):
        if ratio["contender"] == "HealthChain, adapter" and ratio["connections"] == 8:
            words = (
                f"must: at least {LEAST_TIMES:g} times the throughput of HealthChain's adapter, 8 connections"
            )
            yield {
                "goal": words,
                "figure": ratio["throughput"],
                "reached": ratio["throughput"] >= LEAST_TIMES,
            }


def show(found: dict[str, Any], console: Console) -> None:
    """Print the figures as a table, then the goals."""
    request, machine = found["request"], found["machine"]
    low, high = request["bytes"]
    table = Table(
        title=f"patient-view, {request['resources']} resources, {low / 1000:.1f} to {high / 1000:.1f} kB; "
        f"{machine['cores']} cores shared with the client, Python {machine['python']}"
    )
    table.add_column("service")
    heads = (
        "connections",
        "CPU ms",
        "p50 ms",
        "p99 ms",
        "a second",
        "CPU : ours",
        "ours : throughput",
        "client ms",
    )
    for head in heads:
        table.add_column(head, justify="right")
    ratios = {(r["contender"], r["connections"]): r for r in found["ratios"]}
    for row in found["rows"]:
        ratio = ratios.get((row["contender"], row["connections"]), {"cpu": "1", "throughput": "1"})
        figures = [row[k] for k in ("connections", "cpu_ms", "p50_ms", "p99_ms", "per_second")]
        table.add_row(
            f"{row['contender']} [dim]({row['about']})[/dim]",
            *map(str, [*figures, ratio["cpu"], ratio["throughput"], row["client_cpu_ms"]]),
        )
    console.print(table)
    if found["healthchain"] != HEALTHCHAIN:
        console.print(f"HealthChain: {found['healthchain']}", markup=False)
    for goal in found["goals"]:
        state = "reached" if goal["reached"] else "NOT reached"
        console.print(f"{goal['goal']}: {goal['figure']} ({state})", markup=False, highlight=False)
    for row in found["rows"]:
        if row["bad"]:
            console.print(f"{row['contender']}, {row['connections']}: bad answers {row['bad']}", markup=False)


def run(connections: Sequence[int], *, seconds: float, cache: Path | None) -> dict[str, Any]:
    """Start all contenders, measure them and return the figures; without a cache HealthChain is left out."""
    requests = bodies(DIFFERENT)
    started: list[Contender] = []
    skipped = "" if cache else "left out as asked"
    with tempfile.TemporaryDirectory(prefix="clinicards-bench-") as name:
        folder = Path(name)
        try:
            started += clinicards(folder)
            started.append(flask_echo(folder))
            if cache:
                try:
                    started += healthchain(folder, cache)
                except NotStarted as error:
                    skipped = f"left out: {error}"
            rows = measure(started, connections, seconds=seconds, requests=requests)
        finally:
            stop(started)
    return report(rows, [len(body) for body in requests], skipped)
