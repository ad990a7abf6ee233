"""From a service's cards to what is sent: restored, validated, fitted, remembered."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from adapters.ports import SentCard
from cds.fhir.validate import faults
from cds.hooks.cards import Action, Card, CardError, Change, Suggestion
from cds.hooks.profiles import Profile, fit
from cds.privacy.restore import NotOurs, Wayback
from cds.trust.callers import Caller

_SECONDS_PER_DAY = 86_400


def restored(card: Card, wayback: Wayback) -> tuple[Card, tuple[str, ...]]:
    """Return the card with real references and what was wrong with suggestions that had to be left out.

    A suggestion that does not validate as R4, or names what this call did not bring, is a defect of ours: the
    advice stays, the suggestion goes, and the answer says so.
    """
    kept: list[Suggestion] = []
    wrong: list[str] = []
    for suggestion in card.suggestions:
        try:
            actions = tuple(_action(a, wayback) for a in suggestion.actions if isinstance(a, Change))
            kept.append(replace(suggestion, actions=actions))
        except (NotOurs, CardError) as error:
            wrong.append(f"suggestion: {error}")
    behavior = card.selection_behavior if kept else None
    return replace(card, suggestions=tuple(kept), selection_behavior=behavior), tuple(wrong)


def _action(change: Change, wayback: Wayback) -> Action:
    if change.kind == "delete":
        return Action("delete", change.description, resource_id=wayback.deleted(change.reference))
    members = change.resource or {}
    if change.kind == "create":
        return Action("create", change.description, resource=_valid(wayback.created(members)))
    return Action("update", change.description, resource=wayback.patched(change.reference, members))


def _valid(resource: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a resource of our own making, or raise where it is not valid R4.

    An update is the client's own draft with our members in it: what it lacked before it may lack still.
    """
    found = faults(resource)
    if found:
        raise CardError(f"a resource of ours is not valid FHIR R4: {found[0]}")
    return resource


def fitted(card: Card, profile: Profile, caller: Caller) -> Card:
    """Return the card as this client's EHR can show it."""
    return fit(card, profile.response, link_origins=caller.client.link_origins, spec=caller.client.cds_hooks)


def remembered(  # noqa: PLR0913  # a row of its own
    cards: Sequence[Card],
    *,
    caller: Caller,
    service: str,
    hook: str,
    revision: int,
    now: float,
    keep_days: int,
    shown: bool,
) -> tuple[SentCard, ...]:
    """Return what must be remembered of these cards so that feedback finds them."""
    return tuple(
        SentCard(
            uuid=card.uuid,
            client=caller.client.id,
            service=service,
            hook=hook,
            topic=card.topic,
            model=card.model,
            config_revision=revision,
            indicator=card.indicator,
            suggestions=tuple(s.uuid for s in card.suggestions),
            sent=now,
            expires=now + keep_days * _SECONDS_PER_DAY,
            shown=shown,
        )
        for card in cards
    )
