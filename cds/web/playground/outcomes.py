"""What became of a card, as feedback to the service; and the answers of the last firings, kept to show it.

Only answers are kept, in memory and for a while; never what was read, and nothing of a pasted record.
"""

import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from cds.errors import BadRequest
from cds.hooks.feedback import COMMENT_LIMIT
from cds.web.playground.cards import CardView, SuggestionView
from cds.web.playground.scenario import Scenario

MOST = 50
"""How many firings are kept."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a person did with a card, and what the service said to it."""

    card: str
    did: str
    """accepted or overridden."""
    words: str
    """The labels of what was accepted, or the reason of the override."""
    sent: Mapping[str, Any]
    status: int
    answer: str = ""
    changes: tuple[SuggestionView, ...] = ()


@dataclass(frozen=True)
class Run:
    """One firing's answers and what became of them."""

    id: str
    scenario: Scenario
    cards: tuple[CardView, ...]
    outcomes: Mapping[str, Outcome] = field(default_factory=dict)


class Runs:
    """The last firings, the oldest forgotten first."""

    def __init__(self, *, new_id: Callable[[], str] = lambda: secrets.token_urlsafe(9)) -> None:
        self._new_id = new_id
        self._runs: OrderedDict[str, Run] = OrderedDict()
        self._lock = threading.Lock()

    def keep(self, scenario: Scenario, cards: tuple[CardView, ...]) -> str:
        """Keep a firing's answers and return the name they are found by."""
        run = Run(self._new_id(), scenario, cards)
        with self._lock:
            self._runs[run.id] = run
            while len(self._runs) > MOST:
                self._runs.popitem(last=False)
        return run.id

    def find(self, id: str) -> Run | None:
        """Return a firing, or None where it is forgotten."""
        return self._runs.get(id)

    def note(self, id: str, outcome: Outcome) -> None:
        """Note what became of a card of a firing that is still known."""
        with self._lock:
            run = self._runs.get(id)
            if run is not None:
                self._runs[id] = replace(run, outcomes={**run.outcomes, outcome.card: outcome})


@dataclass(frozen=True, slots=True)
class Reaction:
    """The form of a card, as it was sent: taken suggestions, or a reason and words."""

    run: str
    service: str
    card: str
    accept: bool
    suggestions: tuple[str, ...] = ()
    reason: str = ""
    """`system|code`, as the form's choices carry it."""
    comment: str = field(default="", repr=False)


def reaction(values: Mapping[str, str], suggestions: list[str]) -> Reaction:
    """Return what a form says; raise `BadRequest` where it says nothing."""
    accept = values.get("outcome") == "accepted"
    if accept and not suggestions:
        raise BadRequest("choose at least one suggestion to accept", pointer="/suggestion")
    comment = values.get("comment", "").strip()
    if len(comment) > COMMENT_LIMIT:
        raise BadRequest(f"a comment has at most {COMMENT_LIMIT} characters", pointer="/comment")
    return Reaction(
        run=values.get("run", ""),
        service=values.get("service", ""),
        card=values.get("card", ""),
        accept=accept,
        suggestions=tuple(suggestions) if accept else (),
        reason=values.get("reason", ""),
        comment=comment,
    )


def body(told: Reaction, *, now: datetime | None = None) -> dict[str, Any]:
    """Return the feedback request of a reaction (CDS Hooks 2.0.1, "Feedback")."""
    when = (now or datetime.now(UTC)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    item: dict[str, Any] = {
        "card": told.card,
        "outcome": "accepted" if told.accept else "overridden",
        "outcomeTimestamp": when,
    }
    if told.accept:
        item["acceptedSuggestions"] = [{"id": uuid} for uuid in told.suggestions]
    elif told.reason or told.comment:
        item["overrideReason"] = _reason(told)
    return {"feedback": [item]}


def _reason(told: Reaction) -> dict[str, Any]:
    made: dict[str, Any] = {}
    if told.reason:
        system, _, code = told.reason.rpartition("|")
        made["reason"] = {"code": code, "system": system} if system else {"code": code}
    if told.comment:
        made["userComment"] = told.comment
    return made


def outcome(
    told: Reaction, sent: Mapping[str, Any], *, status: int, answer: str, card: CardView | None
) -> Outcome:
    """Return what is shown of a reaction that was sent."""
    taken = tuple(s for s in (card.suggestions if card else ()) if s.uuid in told.suggestions)
    if told.accept:
        words = "; ".join(s.label for s in taken)
    else:
        reasons = card.reasons if card else ()
        words = next((r.display for r in reasons if f"{r.system}|{r.code}" == told.reason), "")
    return Outcome(
        card=told.card,
        did="accepted" if told.accept else "overridden",
        words=words,
        sent=sent,
        status=status,
        answer=answer,
        changes=taken if status == 200 else (),
    )
