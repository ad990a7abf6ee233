"""A witness of what models said in one call, so that what their findings rest on can be validated."""

from collections.abc import Mapping, Sequence
from typing import Any

from cds.services.base import Models
from models.base import Deadline, Finding
from models.record import Record


class Witness:
    """The models of a call, with every finding they gave kept."""

    __slots__ = ("_models", "findings")

    def __init__(self, models: Models) -> None:
        self._models = models
        self.findings: list[Finding] = []

    def find(
        self, name: str, record: Record, *, deadline: Deadline, options: Mapping[str, Any]
    ) -> Sequence[Finding]:
        """Return a model's findings on a record and keep them."""
        found = self._models.find(name, record, deadline=deadline, options=options)
        self.findings.extend(found)
        return found

    def run(self, name: str, document: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return a model's result on one document."""
        return self._models.run(name, document)
