"""The list of cases: what is ordered for whom, what has to be said of it, and where that is written."""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

KINDS = (
    *("interaction", "allergy", "contraindication", "duplicate", "renal", "hepatic", "dose", "pregnancy"),
    *("lactation", "age", "qt", "lab", "genotype"),
)
SILENT = "silent"
SECOND, SECOND_CLEAN = "second", "second_clean"
MUST = {"critical": 3, "warning": 2, "info": 1}
"""What an alert has to reach at least, by the word of the case."""
MAY = {"quiet": 2, "info": 1, "none": 0}
"""What an alert may reach at most: `quiet` is anything that does not interrupt."""


class CaseError(Exception):
    """A row of the simulator's cases is not of its form; the message names the file and the line."""


@dataclass(frozen=True, slots=True)
class Case:
    """One situation: orders and drugs by their words, facts of the chart, what it is about, the source."""

    id: str
    kind: str
    """The kind of violation, or the situation in which there is none."""
    must_alert: bool
    drafts: tuple[str, ...]
    taken: tuple[str, ...]
    facts: tuple[str, ...]
    about: tuple[frozenset[str], ...]
    """Sets of names, any of which suffices: an alert is about the case if it names all of a set."""
    level: str
    source: str
    list: str = "first"
    """Which list it is of: the second was written later, without sight of the rules and of the first."""

    @property
    def swappable(self) -> bool:
        """Tell whether it is one pair whose order does not matter."""
        plain = not any(text.startswith(("ended", "since")) for text in self.taken)
        return len(self.drafts) == len(self.taken) == 1 and plain and "fixed" not in self.facts


@lru_cache(maxsize=1)
def load_cases() -> tuple[Case, ...]:
    """Return all cases of both lists; raise `CaseError` for a row that is not of its form."""
    folder = resources.files("models.medsafety.simulator") / "cases"
    return tuple(
        case
        for name in (*KINDS, SILENT, SECOND, SECOND_CLEAN)
        for case in _cases(name, (folder / f"{name}.csv").read_text(encoding="utf-8"))
    )


def _cases(name: str, text: str) -> Iterator[Case]:
    for number, row in enumerate(csv.DictReader(text.splitlines(), delimiter="|"), start=1):
        where = f"cases/{name}.csv:{number + 1}"
        must_alert = name not in (SILENT, SECOND_CLEAN)
        level = row["least" if must_alert else "most"]
        if level not in (MUST if must_alert else MAY):
            raise CaseError(f"{where}: {level!r} is not one of {', '.join(MUST if must_alert else MAY)}")
        kind = row.get("kind", name) if must_alert else row.get("situation", "clean polypharmacy")
        if must_alert and kind not in KINDS:
            raise CaseError(f"{where}: {kind!r} is not one of {', '.join(KINDS)}")
        yield Case(
            id=f"{name}-{number:03}",
            kind=kind,
            list="second" if name in (SECOND, SECOND_CLEAN) else "first",
            must_alert=must_alert,
            drafts=_parts(row, "draft", where),
            taken=_parts(row, "taken", where, empty=True),
            facts=_parts(row, "chart", where, empty=True),
            about=tuple(frozenset(one.split("+")) for one in row["about"].split("/")),
            level=level,
            source=_parts(row, "source", where)[0],
        )


def _parts(row: Mapping[str, str], column: str, where: str, *, empty: bool = False) -> tuple[str, ...]:
    cell = row.get(column)
    if cell is None or not (cell.strip() or empty):
        raise CaseError(f"{where}: `{column}` is needed and is not there")
    return (cell,) if column == "source" else tuple(p.strip() for p in cell.split(";") if p.strip())
