"""`clinicards config`: the configuration document and its revisions, on the store itself."""

import json
from pathlib import Path
from typing import Annotated

import typer

from adapters.ports import RevisionRow
from cds.cli.door import AsJson, Message, at_door, fault_json, say, warn
from cds.cli.publishing import Proposal, act, propose, publish, published
from cds.config import diff, revisions
from cds.config.document import dump
from cds.config.exchange import read_file, written
from cds.errors import BadRequest

app = typer.Typer(no_args_is_help=True, help="Read, compare and publish the configuration document.")

File = Annotated[Path, typer.Argument(help="A configuration document: .json or .toml.")]
Number = Annotated[int, typer.Argument(min=1, help="Number of a revision.")]


@app.command()
def get(
    context: typer.Context,
    revision: Annotated[int | None, typer.Option(min=1, help="Another revision than the newest.")] = None,
    as_json: AsJson = False,
) -> None:
    """Print the document in force, every default written out."""
    with at_door(context, as_json=as_json) as door:
        place = door.store, door.tenant
        row = revisions.current(*place) if revision is None else revisions.at(*place, id=revision)
        data = revisions.data_of(row)
        text = json.dumps(data, indent=2, sort_keys=True, ensure_ascii=False)
        say({**revisions.described(row), "document": data}, text, as_json=as_json)


@app.command("diff")
def compare(
    context: typer.Context,
    a: Number,
    b: Annotated[int | None, typer.Argument(min=1, help="The newest where it is left out.")] = None,
    as_json: AsJson = False,
) -> None:
    """Compare revision A with revision B, or with the newest."""
    with at_door(context, as_json=as_json) as door:
        place = door.store, door.tenant
        first = revisions.at(*place, id=a)
        second = revisions.current(*place) if b is None else revisions.at(*place, id=b)
        old, new = revisions.data_of(first), revisions.data_of(second)
        text = diff.text(old, new, names=(f"revision {first.id}", f"revision {second.id}"))
        found = [change.as_json() for change in diff.changes(old, new)]
        answer = {"from": first.id, "to": second.id, "changes": found, "text": text}
        say(answer, text or "no difference", as_json=as_json)


@app.command("dry-run")
def dry_run(context: typer.Context, file: File, as_json: AsJson = False) -> None:
    """Validate a document and show what it would change; nothing is stored, and no call is replayed."""
    with at_door(context, as_json=as_json) as door:
        _show(propose(door, read_file(file)), as_json=as_json)


@app.command("publish")
def publish_file(
    context: typer.Context,
    file: File,
    message: Message,
    parent: Annotated[
        int | None, typer.Option(min=1, help="Refuse unless this revision is still the newest.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Publish a document as the new revision."""
    with at_door(context, as_json=as_json) as door:
        proposal = propose(door, read_file(file))
        newest = proposal.base.id if proposal.base else None
        if parent is not None and parent != newest:
            raise BadRequest(f"revision {newest} is the newest, not {parent}: look at what changed first")
        publish(door, proposal, message=message, as_json=as_json)


@app.command()
def restore(context: typer.Context, revision: Number, message: Message = "", as_json: AsJson = False) -> None:
    """Publish an older revision's document again, as a new revision."""
    with at_door(context, as_json=as_json) as door:
        place = door.store, door.tenant
        old = revisions.document_of(revisions.at(*place, id=revision))
        proposal = propose(door, dump(old))
        newest = revisions.current(*place) if proposal.base is None else proposal.base
        row = revisions.restore(
            *place, id=revision, parent=newest.id, act=act(door, message), keep=door.publish
        )
        published(row, proposal, as_json=as_json, done=f"restored revision {revision}")


@app.command()
def export(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="A .json file to write; - for standard output.")],
    revision: Annotated[int | None, typer.Option(min=1, help="Another revision than the newest.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over a file that is there.")] = False,
    as_json: AsJson = False,
) -> None:
    """Write the document to a file; it holds references to secrets, never secrets."""
    with at_door(context, as_json=as_json) as door:
        place = door.store, door.tenant
        row = revisions.current(*place) if revision is None else revisions.at(*place, id=revision)
        text = written(revisions.document_of(row))
        if str(file) == "-":
            typer.echo(text, nl=False)
        else:
            _write(file, text, force=force)
            _say_row(row, f"wrote revision {row.id} to {file}", as_json=as_json)


@app.command("import")
def import_file(
    context: typer.Context,
    file: File,
    do_publish: Annotated[bool, typer.Option("--publish", help="Publish what is read.")] = False,
    message: Message = "",
    as_json: AsJson = False,
) -> None:
    """Read a document from a file and show what it would change; with --publish, publish it."""
    with at_door(context, as_json=as_json) as door:
        proposal = propose(door, read_file(file))
        if do_publish:
            publish(door, proposal, message=message or f"import of {file.name}", as_json=as_json)
        else:
            _show(proposal, as_json=as_json)


@app.command()
def history(
    context: typer.Context,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many.")] = 20,
    before: Annotated[int | None, typer.Option(min=1, help="Only revisions before this one.")] = None,
    as_json: AsJson = False,
) -> None:
    """List revisions, newest first."""
    with at_door(context, as_json=as_json) as door:
        rows = revisions.history(door.store, door.tenant, limit=limit, before=before)
        lines = [_line(row) for row in rows]
        answer = {"revisions": [revisions.described(row) for row in rows]}
        say(answer, "\n".join(lines) or "no revision is published yet", as_json=as_json)


def _show(proposal: Proposal, *, as_json: bool) -> None:
    warn(proposal.warnings, as_json=as_json)
    answer = {
        "valid": True,
        "base": proposal.base.id if proposal.base else None,
        "changes": [change.as_json() for change in proposal.changes],
        "warnings": [fault_json(fault) for fault in proposal.warnings],
        "text": proposal.text,
        "replayed_calls": 0,
    }
    text = f"{proposal.text or 'no difference'}\n\nvalid; nothing was stored and no call was replayed"
    say(answer, text, as_json=as_json)


def _write(file: Path, text: str, *, force: bool) -> None:
    if file.suffix.lower() != ".json":
        raise BadRequest(f"{file}: documents are written as JSON; name a file that ends in .json")
    try:
        with file.open("w" if force else "x", encoding="utf-8") as stream:
            stream.write(text)
    except FileExistsError:
        raise BadRequest(f"{file} is there already; --force writes over it") from None
    except OSError as error:
        raise BadRequest(f"{file}: cannot be written ({error.strerror})") from None


def _say_row(row: RevisionRow, text: str, *, as_json: bool) -> None:
    say({"revision": revisions.described(row)}, text, as_json=as_json)


def _line(row: RevisionRow) -> str:
    shown = revisions.described(row)
    origin = f"  (restores {row.restored_from})" if row.restored_from else ""
    return f"{row.id:>5}  {shown['time'][:19]}Z  {row.author}  {row.message}{origin}"
