"""From a service's cards to what is sent: restored, validated, fitted."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from cds.fhir.validate import faults
from cds.hooks.cards import Action, Card, CardError, Change, Suggestion
from cds.hooks.profiles import Profile, fit
from cds.privacy.restore import NotOurs, Wayback
from cds.trust.callers import Caller


def restored(card: Card, wayback: Wayback) -> tuple[Card, tuple[str, ...]]:
    """Return the card with real references and what was wrong with suggestions that had to be left out.

    A suggestion that does not validate as R4, or names what this call did not bring, is a defect of ours: the
    advice stays, the suggestion goes, and the answer says so.
    """
    kept: list[Suggestion] = []
    wrong: list[str] = []
    for suggestion in card.suggestions:
        try:
            actions = tuple(_action(a, wayback) for a in suggestion.actions)
            kept.append(replace(suggestion, actions=actions))
        except (NotOurs, CardError) as error:
            wrong.append(f"suggestion: {error}")
    behavior = card.selection_behavior if kept else None
    return replace(card, suggestions=tuple(kept), selection_behavior=behavior), tuple(wrong)


def _action(change: Change | Action, wayback: Wayback) -> Action:
    """Return a change as action on real resources; raise where it breaks what may be sent."""
    if isinstance(change, Action):
        raise CardError("a service names changes in pseudonyms, never actions")
    if change.kind == "delete":
        return Action("delete", change.description, resource_id=wayback.deleted(change.reference))
    members = change.resource or {}
    if change.kind == "create":
        made: Mapping[str, Any] = wayback.created(members)
        _check(faults(made))
        return Action("create", change.description, resource=made)
    made = wayback.patched(change.reference, members)
    # What the client's own draft lacked before it may lack still; nothing else may be wrong with it.
    _check(set(faults(made)) - set(faults(wayback.originals.get(change.reference))))
    return Action("update", change.description, resource=made)


def _check(found: Collection[str]) -> None:
    if found:
        raise CardError(f"a resource of ours is not valid FHIR R4: {min(found)}")


def fitted(card: Card, profile: Profile, caller: Caller) -> Card:
    """Return the card as this client's EHR can show it."""
    return fit(card, profile.response, link_origins=caller.client.link_origins, spec=caller.client.cds_hooks)
