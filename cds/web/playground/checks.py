"""The rules of CDS Hooks that a response exercised, each with how it came out."""

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any, Literal, Protocol

Outcome = Literal["fail", "warn", "pass"]


class Breach(Protocol):
    """One broken rule at one place of the response."""

    @property
    def check(self) -> str:
        """The rule's id."""
        ...

    @property
    def pointer(self) -> str:
        """The place in the body (RFC 6901)."""
        ...

    @property
    def message(self) -> str:
        """What is wrong."""
        ...

    @property
    def severity(self) -> Literal["fail", "warn"]:
        """Whether the rule is broken, or a client would wish for better."""
        ...


class Judge(Protocol):
    """The check of any CDS Hooks response."""

    def __call__(self, body: Any, *, hook: str, request: Mapping[str, Any] | None = None) -> Sequence[Breach]:
        """List every breach."""
        ...


@dataclass(frozen=True)
class Checker:
    """What judges responses: the judge, the rules a body exercises, and what each rule says."""

    judge: Judge
    exercised: Callable[[Any], AbstractSet[str]]
    titles: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Row:
    """One rule and how it came out; `found` are (pointer, message)."""

    id: str
    title: str
    outcome: Outcome
    found: tuple[tuple[str, str], ...] = ()


def rows(checker: Checker, body: Any, request: Mapping[str, Any]) -> tuple[Row, ...]:
    """Return a row for each rule the response put to the test, broken ones first."""
    breaches = checker.judge(body, hook=str(request.get("hook", "")), request=request)
    by_rule: dict[str, list[Breach]] = {}
    for breach in breaches:
        by_rule.setdefault(breach.check, []).append(breach)
    every = sorted(set(by_rule) | set(checker.exercised(body)), key=_order)
    made = [_row(rule, by_rule.get(rule, []), checker.titles) for rule in every]
    return tuple(sorted(made, key=lambda row: ("fail", "warn", "pass").index(row.outcome)))


def _order(rule: str) -> tuple[str, int]:
    return rule[:1], int(rule[1:]) if rule[1:].isdigit() else 0


def _row(rule: str, breaches: Sequence[Breach], titles: Mapping[str, str]) -> Row:
    outcome: Outcome = "pass" if not breaches else "warn"
    if any(breach.severity == "fail" for breach in breaches):
        outcome = "fail"
    found = tuple((breach.pointer or "/", breach.message) for breach in breaches)
    return Row(rule, titles.get(rule, ""), outcome, found)
