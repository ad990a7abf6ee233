"""What is done to each identifier, per profile, as tables written from the rules into `docs/privacy.md`.

`python -m cds.privacy.leaving.table` writes them; a test compares.
"""

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from cds.privacy.leaving.rules import Rule, Table, actions, load

BEGIN = "<!-- what is done to each identifier: written by `python -m cds.privacy.leaving.table` -->"
END = "<!-- end of what is written from the rules -->"
CLASSES: Mapping[str, str] = {
    "A": "Names",
    "B": "Geography below the state",
    "C": "Dates finer than the year, ages over 89",
    "D": "Telephone numbers",
    "E": "Fax numbers",
    "F": "Email addresses",
    "G": "Social security numbers",
    "H": "Medical record numbers",
    "I": "Health plan numbers",
    "J": "Account numbers",
    "K": "Certificate and licence numbers",
    "L": "Vehicles",
    "M": "Devices and serial numbers",
    "N": "Web addresses",
    "O": "IP addresses",
    "P": "Biometric identifiers",
    "Q": "Photographs",
    "R": "Any other unique number or code",
}
"""The identifiers of 45 CFR 164.514(b)(2)(i) by their letters."""

_EXAMPLES = 5


def paths() -> Mapping[str, list[str]]:
    """Return the paths that each action is named for, in order."""
    found: dict[str, list[str]] = {name: [] for name in actions()}
    rules = load()
    for name, table in (*rules.types.items(), *rules.shared.items()):
        for path, rule in _walked(table, name):
            found[rule.action].append(path)
    for url in rules.extensions:
        found["extension"].append(url)
    found["id"] = [f"{kind}.id" for kind in rules.types]
    return found


def _walked(table: Table, path: str) -> Iterator[tuple[str, Rule]]:
    for name, what in table.members.items():
        place = f"{path}.{name}"
        if isinstance(what, Rule):
            yield place, what
        elif isinstance(what, Table):
            yield from _walked(what, place)


def rendered() -> str:
    """Return the tables as Markdown."""
    where = paths()
    return "\n".join([
        _counted(where),
        "",
        "| identifier (45 CFR 164.514(b)(2)(i)) | where in FHIR | `safe_harbor` | `limited` |",
        "|---|---|---|---|",
        *(_row(letter, where) for letter in CLASSES),
        "",
        "What is not an identifier, and what becomes of it:",
        "",
        "| what | where in FHIR | `safe_harbor` | `limited` |",
        "|---|---|---|---|",
        *(_other(name, where) for name, action in actions().items() if "is" not in action),
    ])  # fmt: skip


def _counted(where: Mapping[str, list[str]]) -> str:
    members = sum(map(len, where.values()))
    return (
        f"{len(load().types)} resource types, {members} members with a rule; the rest is dropped and counted."
    )


def _row(letter: str, where: Mapping[str, list[str]]) -> str:
    """Return the row of one identifier: structured members first, then free text."""
    names = [n for n, a in actions().items() if letter in a.get("is", "").split() and where[n]]
    structured = [n for n in names if actions()[n].get("note") != "free text"]
    cells = [_cell(names, structured, profile) for profile in ("safe_harbor", "limited")]
    return f"| ({letter}) {CLASSES[letter]} | {_places(structured, where)} | {cells[0]} | {cells[1]} |"


def _places(names: list[str], where: Mapping[str, list[str]]) -> str:
    shown = "; ".join(_examples(where[name]) for name in names)
    return f"{shown}; free text" if shown else "free text"


def _examples(found: list[str]) -> str:
    """Return the first paths of an action, of different types where there are."""
    by_type: dict[str, str] = {}
    for path in found:
        by_type.setdefault(path.partition(".")[0], path)
    shown = [f"`{path}`" for path in list(by_type.values())[:_EXAMPLES]]
    more = len(found) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")


def _cell(names: list[str], structured: list[str], profile: str) -> str:
    said = dict.fromkeys(f"{_called(n, names)}{actions()[n][profile]}" for n in structured)
    free = [n for n in names if n not in structured]
    if free:
        said["free text: scrubbed as text; narratives dropped unless asked for"] = None
    return "<br>".join(said)


def _called(name: str, names: list[str]) -> str:
    note = actions()[name].get("note")
    return f"{note}: " if note and len(names) > 1 else ""


def _other(name: str, where: Mapping[str, list[str]]) -> str:
    action = actions()[name]
    what = action.get("note") or name
    shown = _examples(where[name]) if where[name] else "everywhere"
    return f"| {what} | {shown} | {action['safe_harbor']} | {action['limited']} |"


def written(text: str) -> str:
    """Return a page with the tables between its marks; raise `ValueError` where it has none."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the page has no marks: put {BEGIN} and {END} where the tables belong")
    return f"{before}{BEGIN}\n\n{rendered()}\n\n{END}{after}"


def main(path: Path) -> None:
    """Write the tables into a page."""
    path.write_text(written(path.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "docs/privacy.md"))
