"""Advice that was said when an order was selected and need not be said again when it is signed.

A client asks for it by the extension of HL7's PDDI-CDS guide (http://hl7.org/fhir/uv/pddi), a site by the
setting `no_repeat`. Advice is the same where patient, draft, rule and what the rule rests on are; whatever is
in doubt (a changed order, a new result, a store that is away) is said again.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import orjson

from adapters.ports import PortError
from cds.hooks.call import Call
from cds.hooks.cards import Card
from cds.parts import Parts
from cds.privacy.restore import Wayback
from cds.trust.callers import Caller

EXTENSION = "pddi-configuration-items"
PURPOSE = "advice"
LIFE_SECONDS = 24 * 3600.0
"""How long what was said at selection counts as said."""
NoRepeat = Literal["off", "non-critical", "all"]

_HOOKS = frozenset({"order-select", "order-sign", "medication-refill"})
"""The hooks that the extension is about: other services' information is not what a client means by it."""
_AGE = re.compile(r"\b(?:today|just now|\d+ (?:minute|hour|day|month|year)s? ago)\b")
"""The age of a result: it grows between two hooks while the result stays the same."""
_NOT_CONTENT = frozenset(
    {"id", "meta", "text", "identifier", "status", "authoredOn", "requester", "recorder", "encounter"}
)
"""Members of a draft that say who wrote it down when, and not what is ordered."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a client or a site asks of an answer beside its content."""

    remember: bool = False
    """Whether what is said is kept, so that it can be left out at signing."""
    leave_out: NoRepeat = "off"
    evidence: bool = True
    information: bool = True

    def options(self, known: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return what this changes in the options of a service that knows them."""
        return {"evidence": False} if not self.evidence and "evidence" in known else {}


@dataclass(frozen=True, slots=True)
class Spared:
    """How many cards were left out: said before, or mere information that the client does not want."""

    repeated: int = 0
    left_out: int = 0

    def counts(self) -> dict[str, int]:
        """Return the numbers that are not zero, by name."""
        found = {"repeated": self.repeated, "left_out": self.left_out}
        return {name: number for name, number in found.items() if number}


NOTHING = Spared()


@dataclass(frozen=True)
class Advice:
    """Where advice about one call's patient is remembered."""

    service: str
    call: Call
    caller: Caller
    wayback: Wayback
    drafts: frozenset[str]
    """Pseudonyms of the draft orders."""
    parts: Parts

    def without_repeats(self, cards: Sequence[Card], wishes: Wishes) -> tuple[tuple[Card, ...], Spared]:
        """Return the cards that are to be said, and how many are left out."""
        wanted = [card for card in cards if wishes.information or not _informs(card)]
        kept = [card for card in wanted if not (_may_go(card, wishes.leave_out) and self._said(card))]
        return tuple(kept), Spared(len(wanted) - len(kept), len(cards) - len(wanted))

    def remember(self, cards: Iterable[Card]) -> None:
        """Keep that these cards were said."""
        expires = self.parts.clock.now() + LIFE_SECONDS
        try:
            for key in filter(None, map(self._key, cards)):
                self.parts.store.remember(self.parts.settings.tenant, PURPOSE, key, b"said", expires=expires)
        except PortError:
            # What could not be kept is said again; the answer itself is recorded already.
            return

    def _said(self, card: Card) -> bool:
        key, now = self._key(card), self.parts.clock.now()
        if not key:
            return False
        try:
            return self.parts.store.recall(self.parts.settings.tenant, PURPOSE, key, now=now) is not None
        except PortError:
            # A store that is away knows nothing of what was said: it is said again.
            return False

    def _key(self, card: Card) -> bytes:
        """Return the keyed hash of a card's patient, drafts, rules and evidence; nothing for another card."""
        about = sorted(ref for ref in set(card.refs) & self.drafts if ref in self.wayback.originals)
        if not about or card.about == "gap":
            return b""
        drafts = sorted(_content(self.wayback.originals.get(ref)) for ref in about)
        issuer, patient = self.caller.client.issuer, self.call.context.patient_id
        return self.parts.subject_key(PURPOSE, issuer, patient, self.service, *drafts, *_evidence(card))


def wishes(call: Call, no_repeat: NoRepeat) -> Wishes:
    """Return what is asked: a client's word counts before the site's, and "repeat" before "do not"."""
    given = call.extension.get(EXTENSION) if call.hook in _HOOKS else None
    said: Mapping[str, Any] = given if isinstance(given, Mapping) else {}
    at_site = no_repeat != "off"
    remember = _flag(said, "cache-for-order-sign-filtering", default=at_site)
    leave_out: NoRepeat = "off"
    if _flag(said, "filter-out-repeated-alerts", default=at_site):
        leave_out = no_repeat if at_site else "non-critical"
    return Wishes(
        remember=remember and call.hook == "order-select",
        leave_out=leave_out if call.hook == "order-sign" else "off",
        evidence=_flag(said, "show-evidence-support", default=True),
        information=_flag(said, "alert-non-serious", default=True),
    )


def _flag(said: Mapping[str, Any], name: str, *, default: bool) -> bool:
    value = said.get(name)
    return value if isinstance(value, bool) else default


def _informs(card: Card) -> bool:
    return card.indicator == "info" and card.about == "advice"


def _may_go(card: Card, no_repeat: NoRepeat) -> bool:
    return no_repeat == "all" or (no_repeat == "non-critical" and card.indicator != "critical")


def _content(draft: Mapping[str, Any]) -> str:
    """Return a hash of what a draft orders."""
    members = {name: value for name, value in draft.items() if name not in _NOT_CONTENT}
    return hashlib.sha256(orjson.dumps(members, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _evidence(card: Card) -> Iterator[str]:
    """Yield each rule with what it rests on, in an order of its own."""
    rows = (orjson.dumps(row, option=orjson.OPT_SORT_KEYS).decode() for row in card.findings)
    return iter(sorted(_AGE.sub("", row) for row in rows))
