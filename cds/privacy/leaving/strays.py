"""Members that no rule names: listed extensions stay, an unknown modifier refuses, all else is dropped."""

from collections.abc import Callable, Container, Mapping
from typing import Any

from cds.privacy.leaving.policy import Refused
from cds.privacy.leaving.state import REDACTED, Act, State

KNOWN_TO_WALK = frozenset({"resourceType", "id", "meta", "contained"})
"""Members that the walk of a resource itself answers for."""
_REFUSING = frozenset({"modifierExtension", "implicitRules"})


def stray(state: State, path: str, primitives: Container[str]) -> Callable[[str, Any, dict[str, Any]], None]:
    """Return what is done with members that have no rule: extensions by their list, all else dropped."""
    ledger = state.ledger
    dropped = ledger.slot(f"{path}.extension", "dropped")
    unknown = ledger.slot(f"{path}.?", "dropped")

    def strange(name: str, item: Any, out: dict[str, Any]) -> None:
        if name in KNOWN_TO_WALK:
            return
        if name in _REFUSING:
            raise Refused("it carries a modifierExtension or implicitRules that are not understood")
        if name == "extension":
            lost = _extended(state, item, out)
            if not lost:
                return
            ledger.counts[dropped] += lost
        elif name[:1] == "_" and name[1:] in primitives:
            ledger.counts[dropped] += _beside(state, name, item, out)
        elif item is not None:
            ledger.counts[unknown] += 1
        state.marks |= REDACTED

    return strange


def _extended(state: State, items: Any, out: dict[str, Any]) -> int:
    """Keep the listed extensions and return how many were lost."""
    kept = extensions(items, state.extensions)
    if kept:
        out["extension"] = kept
    return len(items) - len(kept) if isinstance(items, list) else 1


def _beside(state: State, name: str, item: Any, out: dict[str, Any]) -> int:
    """Keep the listed extensions of a primitive, and return 1 where anything else stood beside it."""
    found = item.get("extension") if isinstance(item, dict) else None
    kept = extensions(found, state.extensions)
    if kept:
        out[name] = {"extension": kept}
    return int(not isinstance(found, list) or len(kept) != len(found) or len(item) > 1)


def extensions(items: Any, allowed: Mapping[str, Act]) -> list[Any]:
    """Return the listed extensions among these."""
    kept = []
    for item in items if isinstance(items, list) else ():
        url = item.get("url") if isinstance(item, dict) else None
        act = allowed.get(url) if isinstance(url, str) else None
        made = act(item) if act is not None else None
        if made is not None:
            kept.append(made)
    return kept
