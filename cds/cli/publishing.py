"""What commands that change the configuration share: check, publish, and say what came of it."""

from dataclasses import dataclass
from typing import Any

from adapters.ports import RevisionRow
from cds.cli.door import AdminDoor, actor, fault_json, say, warn
from cds.config import diff, revisions
from cds.config.checks import admit
from cds.config.diff import Change
from cds.config.document import Document, Fault, dump
from cds.config.revisions import Act


@dataclass(frozen=True, slots=True)
class Proposal:
    """A document that fits, beside the one in force."""

    document: Document
    warnings: tuple[Fault, ...]
    base: RevisionRow | None
    changes: tuple[Change, ...]
    text: str
    """The unified difference."""


def propose(door: AdminDoor, data: Any) -> Proposal:
    """Return what data would change; raise `NotValid` with every fault."""
    document, warnings = admit(data, door.services)
    base = _base(door)
    old, new = revisions.data_of(base) if base else dump(Document()), dump(document)
    name = f"revision {base.id}" if base else "nothing published"
    text = diff.text(old, new, names=(name, "proposed"))
    return Proposal(document, warnings, base, tuple(diff.changes(old, new)), text)


def publish(door: AdminDoor, proposal: Proposal, *, message: str, as_json: bool, done: str = "") -> None:
    """Publish what was proposed and say so; raise `Precondition` where somebody else was faster."""
    row = revisions.publish(
        door.store,
        door.tenant,
        proposal.document,
        parent=proposal.base.id if proposal.base else None,
        act=act(door, message),
        keep=door.publish,
    )
    published(row, proposal, as_json=as_json, done=done)


def published(row: RevisionRow, proposal: Proposal, *, as_json: bool, done: str = "") -> None:
    """Say which revision is in force now."""
    changed = proposal.base is None or row.id != proposal.base.id
    warn(proposal.warnings, as_json=as_json)
    answer = {
        "revision": revisions.described(row),
        "changed": changed,
        "changes": [change.as_json() for change in proposal.changes],
        "warnings": [fault_json(fault) for fault in proposal.warnings],
    }
    words = (
        f"published revision {row.id}" if changed else f"nothing changed; revision {row.id} stays in force"
    )
    say(answer, f"{done}; {words}" if done else words, as_json=as_json)


def act(door: AdminDoor, message: str) -> Act:
    """Return who does this, when and why."""
    return Act(author=actor(), time=door.clock.now(), message=message)


def _base(door: AdminDoor) -> RevisionRow | None:
    rows = revisions.history(door.store, door.tenant, limit=1)
    return rows[0] if rows else None
