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
    """A suggestion names something this call did not bring."""


@dataclass(frozen=True, slots=True)
class Wayback:
    """What leads back for one call."""

    pseudonyms: Pseudonyms
    originals: Originals
    instant: str
    """The instant of the call, for what is newly made."""

    def created(self, resource: Mapping[str, Any]) -> dict[str, Any]:
        """Return a new resource with real references."""
        return dict(self._restored(resource))

    def patched(self, token: str, members: Mapping[str, Any]) -> dict[str, Any]:
        """Return the whole original with these top-level members replaced."""
        return {**self._original(token), **self._restored(members)}

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
            raise NotOurs("a reference in a suggestion is not of this call") from None

    def _restored(self, value: Any) -> Any:
        if isinstance(value, Mapping):
            return {
                key: self._reference(item)
                if key == "reference" and isinstance(item, str)
                else self._restored(item)
                for key, item in value.items()
            }
        if isinstance(value, list | tuple):
            return [self._restored(item) for item in value]
        return self.instant if value == CALL_INSTANT else value

    def _reference(self, reference: str) -> str:
        return reference if reference.startswith("#") else self._real(reference)
