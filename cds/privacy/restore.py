"""The way back: changes in pseudonyms become actions with real references, on whole originals.

This is the only place where real ids come back. An update holds the whole real resource, so that nothing of
a draft order is lost; a token this call did not make is a defect and raises.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cds.fhir.write import CALL_INSTANT
from cds.privacy.pseudonyms import Originals, Pseudonyms


class NotOurs(Exception):
    """A suggestion names something this call did not bring, or that has no address to name it by."""


@dataclass(frozen=True, slots=True)
class Wayback:
    """What leads back for one call."""

    pseudonyms: Pseudonyms
    originals: Originals
    instant: str
    """The instant of the call, for what is newly made."""

    def created(self, resource: Mapping[str, Any]) -> dict[str, Any]:
        """Return a new resource with real references."""
        return dict(self._restored(resource, ""))

    def patched(self, token: str, members: Mapping[str, Any]) -> dict[str, Any]:
        """Return the whole original with these top-level members replaced; None takes a member out.

        Its type and id stay, contained resources are added to, and a replaced value's extensions go with it.
        """
        original = self._original(token)
        self._real(token)
        given = {name: value for name, value in members.items() if name not in {"resourceType", "id"}}
        stale = {f"_{name}" for name in given} | given.keys()
        whole = {name: value for name, value in original.items() if name not in stale}
        added = self._restored({name: value for name, value in given.items() if value is not None}, token)
        if "contained" in added:
            added["contained"] = _with_kept(original.get("contained"), added["contained"])
        return {**whole, **added}

    def deleted(self, token: str) -> str:
        """Return the real `Type/id` of what is to be deleted."""
        self._original(token)
        return self._real(token)

    def _original(self, token: str) -> Mapping[str, Any]:
        try:
            return self.originals.get(token)
        except KeyError:
            raise NotOurs("a change names a resource that this call did not bring") from None

    def _real(self, token: str) -> str:
        try:
            return self.pseudonyms.real(token)
        except KeyError:
            why = "what a suggestion would change has no id or is not of this call; the card has the advice"
            raise NotOurs(why) from None

    def _restored(self, value: Any, container: str) -> Any:
        if isinstance(value, Mapping):
            return {
                key: self._reference(item, container)
                if key == "reference" and isinstance(item, str)
                else self._restored(item, container)
                for key, item in value.items()
            }
        if isinstance(value, list | tuple):
            return [self._restored(item, container) for item in value]
        return self.instant if value == CALL_INSTANT else value

    def _reference(self, reference: str, container: str) -> str:
        if reference.startswith("#"):
            return reference
        try:
            return self.pseudonyms.local(reference, container=container)
        except KeyError:
            return self._real(reference)


def _with_kept(before: Any, added: list[Any]) -> list[Any]:
    """Return the contained resources of an original with those added, an id standing for the new one."""
    taken = {part.get("id") for part in added}
    kept = [p for p in before if p.get("id") not in taken] if isinstance(before, list) else []
    return [*kept, *added]
