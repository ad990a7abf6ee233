"""A witness of one answer: what models said, and whether the time ran out on anybody who asked."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson

from cds.services.base import Models
from models.base import Deadline, Finding
from models.record import Record

Told = dict[tuple[str, bytes], Mapping[str, Any]]


class Witness:
    """The models and the deadline of one answer: every finding is kept, and whether time was found spent."""

    __slots__ = ("_deadline", "_models", "_read", "_told", "findings", "ran_out")

    def __init__(self, models: Models, deadline: Deadline, told: Told | None = None) -> None:
        self._models = models
        self._deadline = deadline
        self._told: Told = {} if told is None else told
        self._read = False
        self.findings: list[Finding] = []
        self.ran_out = False
        """Whether the service or a model was told that no time is left: it may have left work undone."""

    def left(self) -> float:
        """Return seconds left; zero or less means stop."""
        seconds = self._deadline.left()
        if seconds <= 0:
            self.ran_out = True
        return seconds

    @property
    def finished_something(self) -> bool:
        """Whether a model read a document or gave a finding that it had the time for."""
        return self._read or any(not finding.detail.get("out_of_time") for finding in self.findings)

    @property
    def refs(self) -> Iterator[str]:
        """The pseudonyms of what findings rest on."""
        return (item.ref for finding in self.findings for item in finding.inputs)

    def find(
        self, name: str, record: Record, *, deadline: Deadline, options: Mapping[str, Any]
    ) -> Sequence[Finding]:
        """Return a model's findings on a record and keep them."""
        found = self._models.find(name, record, deadline=deadline, options=options)
        self.findings.extend(found)
        return found

    def run(self, name: str, document: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return a model's result on one document.

        A second look at the same call reads the same documents: what was said of one is said again at once.
        """
        mark = (name, orjson.dumps(document))
        result = self._told.get(mark)
        if result is None:
            result = self._told[mark] = self._models.run(name, document)
        self._read = True
        return result
