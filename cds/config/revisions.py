"""Revisions of the configuration: read, seeded, published, restored, each with its audit entry.

A revision never changes. Its bytes are canonical JSON (names sorted, every default written out), so that the
same document has the same SHA-256 everywhere. Every write names the revision it starts from.
"""

import contextlib
import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

from adapters.ports import NotStored, RevisionRow, Store, StoreConflict, StoreUnavailable
from cds.config.diff import changes
from cds.config.document import Document, NotValid, dump, load
from cds.errors import CdsError, Conflict, NotFound, Precondition, Unavailable

Keep = Callable[[RevisionRow, Mapping[str, Any]], RevisionRow]
"""Stores a revision and an audit entry of kind `config` with this body in one transaction.

`cds.privacy.recorder.Recorder.publish` is one. Raises `StoreConflict` where the row's parent is not the
newest revision, `StoreUnavailable` where the store is away.
"""

MOST_PATHS = 100
"""How many changed places an audit entry names; the revisions themselves hold all."""


@dataclass(frozen=True, slots=True)
class Act:
    """Who writes a revision, when (seconds since the epoch) and why."""

    author: str
    time: float
    message: str = ""


def canonical(document: Document) -> bytes:
    """Return the bytes of a document that are stored and hashed."""
    return orjson.dumps(dump(document), option=orjson.OPT_SORT_KEYS)


def current(store: Store, tenant: str) -> RevisionRow:
    """Return the newest revision."""
    with _named():
        newest = store.head(tenant)
    if newest is None:
        raise NotFound(
            "no configuration is published yet: `clinicards config publish FILE` publishes the first"
        )
    return at(store, tenant, id=newest)


def at(store: Store, tenant: str, *, id: int) -> RevisionRow:
    """Return one revision; raise `NotFound`."""
    with _named():
        return store.revision(tenant, id)


def history(
    store: Store, tenant: str, *, limit: int = 50, before: int | None = None
) -> Sequence[RevisionRow]:
    """Return revisions, newest first."""
    with _named():
        return store.revisions(tenant, limit=limit, before=before)


def data_of(row: RevisionRow) -> dict[str, Any]:
    """Return the JSON data of a revision; raise where its bytes are not those that were published."""
    if hashlib.sha256(row.document).hexdigest() != row.sha256:
        raise CdsError(f"revision {row.id} was changed in the store: restore the store from a backup")
    data: dict[str, Any] = orjson.loads(row.document)
    return data


def document_of(row: RevisionRow) -> Document:
    """Return the document of a revision; raise `Conflict` where this release cannot read it."""
    try:
        return load(data_of(row))
    except NotValid as error:
        raise Conflict(f"revision {row.id} does not fit this release: {error}") from None


def seed(store: Store, tenant: str, document: Document, *, act: Act, keep: Keep) -> RevisionRow:
    """Publish the first revision where there is none; workers that start together agree on one."""
    with _named():
        newest = store.head(tenant)
    if newest is None:
        # Somebody else was first: what they published counts, whatever it is.
        with contextlib.suppress(StoreConflict), _named(conflicts=False):
            return keep(_row(document, act=act, parent=None), _body("seed", None, document, act=act))
    return current(store, tenant)


def publish(
    store: Store, tenant: str, document: Document, *, parent: int | None, act: Act, keep: Keep
) -> RevisionRow:
    """Publish a document as child of the newest revision; raise `Precondition` where `parent` is not it.

    A document that says nothing new makes no revision: the newest comes back.
    """
    before = _checked_parent(store, tenant, parent)
    if before is not None and before.document == canonical(document):
        return before
    with _named():
        return keep(_row(document, act=act, parent=parent), _body("publish", before, document, act=act))


def restore(store: Store, tenant: str, *, id: int, parent: int, act: Act, keep: Keep) -> RevisionRow:
    """Publish an older revision's document again, as a new revision that says where it comes from."""
    document = document_of(at(store, tenant, id=id))
    before = _checked_parent(store, tenant, parent)
    body = _body("restore", before, document, act=act)
    with _named():
        return keep(_row(document, act=act, parent=parent, restored_from=id), {**body, "restored_from": id})


def described(row: RevisionRow) -> dict[str, Any]:
    """Return what there is to know of a revision without its document."""
    return {
        "id": row.id,
        "parent": row.parent,
        "restored_from": row.restored_from,
        "author": row.author,
        "message": row.message,
        "time": datetime.fromtimestamp(row.time, tz=UTC).isoformat(timespec="milliseconds"),
        "sha256": row.sha256,
    }


def _checked_parent(store: Store, tenant: str, parent: int | None) -> RevisionRow | None:
    """Return the revision to start from; refuse early what the store would refuse with the write."""
    with _named():
        newest = store.head(tenant)
    if newest != parent:
        raise Precondition(_LOST)
    return None if parent is None else at(store, tenant, id=parent)


def _row(
    document: Document, *, act: Act, parent: int | None, restored_from: int | None = None
) -> RevisionRow:
    content = canonical(document)
    return RevisionRow(
        id=0,
        parent=parent,
        restored_from=restored_from,
        author=act.author,
        message=act.message,
        time=act.time,
        sha256=hashlib.sha256(content).hexdigest(),
        document=content,
    )


def _body(action: str, before: RevisionRow | None, document: Document, *, act: Act) -> dict[str, Any]:
    """Return the audit entry; parent and hash name the revision, whose number the store gives later."""
    return {
        "actor": act.author,
        "action": action,
        "parent": before.id if before else None,
        "sha256": hashlib.sha256(canonical(document)).hexdigest(),
        "paths": _paths(before, document),
    }


def _paths(before: RevisionRow | None, document: Document) -> list[str]:
    """Return the changed places whose names an audit entry takes."""
    found = changes(data_of(before) if before else dump(Document()), dump(document))
    return [c.path for c in found if len(c.path) <= 200 and c.path.isprintable()][:MOST_PATHS]


_LOST = "the configuration was changed meanwhile: read it again and start from the newest revision"


@contextlib.contextmanager
def _named(*, conflicts: bool = True) -> Iterator[None]:
    """Give the store's errors the names that callers know."""
    try:
        yield
    except NotStored as error:
        raise NotFound(str(error)) from None
    except StoreConflict:
        if not conflicts:
            raise
        raise Precondition(_LOST) from None
    except StoreUnavailable:
        raise Unavailable("the store is away: read the configuration again before trying again") from None
