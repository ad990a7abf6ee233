"""Gather observations while a run goes on, and judge each line of the checklist at its end."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from cds.conformance.checklist import CHECKS
from cds.conformance.report import Check, Evidence, Outcome, Result

_KEPT: Final = 5
_WITHHELD: Final = "(withheld: the answers come from a real record)"


class Ledger:
    """The observations of one run; several may bear on one line, the worst decides."""

    def __init__(self, *, withhold: bool = False) -> None:
        """Withhold excerpts where answers may speak of a real patient."""
        self._withhold = withhold
        self._seen: dict[str, list[tuple[Outcome, str, Evidence | None]]] = defaultdict(list)
        self._default = "nothing in this run exercised it"

    def ok(self, check_id: str, reason: str = "") -> None:
        """Note that a line held."""
        self._note(check_id, "pass", reason)

    def not_run(self, check_id: str, reason: str) -> None:
        """Note why a line could not be judged."""
        self._note(check_id, "not-run", reason)

    def warned(self, check_id: str, reason: str, evidence: Evidence) -> None:
        """Note a breach that does not fail the line."""
        self._note(check_id, "warn", reason, evidence)

    def failed(self, check_id: str, reason: str, evidence: Evidence) -> None:
        """Note a breach that fails the line whatever its level."""
        self._note(check_id, "fail", reason, evidence)

    def violated(self, check_id: str, reason: str, evidence: Evidence) -> None:
        """Note a breach: it fails a MUST or a line of our own reading, and warns about any other."""
        outcome: Outcome = "fail" if CHECKS[check_id].level in {"M", "-"} else "warn"
        self._note(check_id, outcome, reason, evidence)

    def expect(self, check_id: str, reason: str, evidence: Evidence, *, holds: bool) -> None:
        """Note that a line held or was violated."""
        if holds:
            self.ok(check_id)
        else:
            self.violated(check_id, reason, evidence)

    def seen(self, check_id: str) -> bool:
        """Tell whether a line has any observation yet."""
        return check_id in self._seen

    def default(self, reason: str) -> None:
        """Say why the lines without an observation were left unjudged."""
        self._default = reason

    def results(self) -> tuple[Result, ...]:
        """Judge every line, in the order of the checklist."""
        return tuple(self._judge(check) for check in CHECKS.values())

    def _note(self, check_id: str, outcome: Outcome, reason: str, evidence: Evidence | None = None) -> None:
        if evidence is not None and self._withhold and evidence.excerpt:
            evidence = replace(evidence, excerpt=_WITHHELD)
        self._seen[CHECKS[check_id].id].append((outcome, reason, evidence))

    def _judge(self, check: Check) -> Result:
        notes = self._seen.get(check.id, [])
        outcome = _worst(noted for noted, _, _ in notes)
        told = [(reason, evidence) for noted, reason, evidence in notes if noted == outcome]
        reasons = list(dict.fromkeys(reason for reason, _ in told if reason))
        return Result(
            check=check,
            outcome=outcome,
            reason="; ".join(reasons[:_KEPT]) or ("" if notes else self._default),
            evidence=tuple(dict.fromkeys(evidence for _, evidence in told if evidence))[:_KEPT],
        )


def _worst(outcomes: Iterable[Outcome]) -> Outcome:
    present = set(outcomes)
    order: tuple[Outcome, ...] = ("fail", "warn", "pass")
    return next((outcome for outcome in order if outcome in present), "not-run")
