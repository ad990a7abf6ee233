"""Who sees a service's cards, and which of them, in what order."""

import hashlib
from collections.abc import Sequence
from typing import Literal

from cds.config.document import Rollout
from cds.hooks.cards import INDICATORS, Card

Sight = Literal["shown", "silent", "off"]


def sight(rollout: Rollout, *, user: str, subject_key: bytes) -> Sight:
    """Return whether this user sees the cards of this patient.

    A percentage is drawn by patient (`subject_key`), so that one chart does not flicker between users.
    """
    if rollout.mode == "off":
        return "off"
    if rollout.mode == "live":
        return "shown"
    if rollout.mode == "users":
        return "shown" if user in rollout.users else "silent"
    if rollout.mode == "percent":
        drawn = int.from_bytes(hashlib.sha256(b"rollout" + subject_key).digest()[:4], "big") % 100
        return "shown" if drawn < rollout.percent else "silent"
    return "silent"


def rank(cards: Sequence[Card], *, limit: int) -> tuple[tuple[Card, ...], int]:
    """Return the cards by severity within the limit and how many were cut.

    Critical cards and cards that name what was not checked are never cut.
    """
    ordered = sorted(cards, key=lambda card: INDICATORS.index(card.indicator))
    kept: list[Card] = []
    room = limit - sum(_uncuttable(card) for card in ordered)
    for card in ordered:
        if _uncuttable(card):
            kept.append(card)
        elif room > 0:
            kept.append(card)
            room -= 1
    return tuple(kept), len(ordered) - len(kept)


def _uncuttable(card: Card) -> bool:
    return card.indicator == "critical" or card.about == "gap"
