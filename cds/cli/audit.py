"""`clinicards audit`: whether the record of what was said still is what was written."""

from pathlib import Path
from typing import Annotated

import typer

from cds.cli.door import REFUSED, AsJson, at_door, say
from cds.errors import BadRequest
from cds.privacy.audit import Anchor, VerifyReport, dump_anchors, load_anchors, tails, verify

app = typer.Typer(no_args_is_help=True, help="The audit chain.")

Anchors = Annotated[Path | None, typer.Option(help="A file of anchors kept outside of the store.")]


@app.command("verify")
def verify_chain(context: typer.Context, anchors: Anchors = None, as_json: AsJson = False) -> None:
    """Check every chain and name the first broken entry of each; exit code 1 where one is broken."""
    with at_door(context, as_json=as_json) as door:
        key = door.keys.derive("audit", door.tenant)
        report = verify(door.store, door.tenant, key, outside=_outside(anchors))
        say(_shown(report), _words(report), as_json=as_json)
        if not report.ok:
            raise typer.Exit(REFUSED)


@app.command("anchor")
def anchor(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="Lines are added to this file; keep it elsewhere.")],
    as_json: AsJson = False,
) -> None:
    """Write down how far every chain is, so that a cut-off end is seen later."""
    with at_door(context, as_json=as_json) as door:
        newest = list(tails(door.store, door.tenant))
        with file.open("ab") as out:
            out.write(dump_anchors(newest))
        say({"chains": len(newest)}, f"wrote {len(newest)} anchors to {file}", as_json=as_json)


@app.command("export")
def export(
    context: typer.Context,
    output: Annotated[Path, typer.Option(help="Where; a JSON object a line.")],
    as_json: AsJson = False,
) -> None:
    """Write all entries as NDJSON, with their macs; they hold no patient data."""
    import orjson

    with at_door(context, as_json=as_json) as door:
        count = 0
        with output.open("wb") as out:
            for row in door.store.audit_entries(door.tenant):
                line = {
                    "writer": row.writer,
                    "seq": row.seq,
                    "time": row.time,
                    "kind": row.kind,
                    "body": orjson.loads(row.body),
                    "mac": row.mac.hex(),
                }
                out.write(orjson.dumps(line) + b"\n")
                count += 1
        say({"entries": count}, f"wrote {count} entries to {output}", as_json=as_json)


def _outside(path: Path | None) -> tuple[Anchor, ...]:
    if path is None:
        return ()
    try:
        return load_anchors(path.read_bytes())
    except (OSError, ValueError) as error:
        raise BadRequest(f"{path}: {error}") from None


def _shown(report: VerifyReport) -> dict[str, object]:
    return {
        "ok": report.ok,
        "entries": report.entries,
        "chains": dict(report.chains),
        "anchors": report.anchors,
        "broken": [
            {"writer": b.writer, "seq": b.seq, "why": b.why, "known_by": b.known_by} for b in report.broken
        ],
    }


def _words(report: VerifyReport) -> str:
    head = f"{report.entries} entries in {len(report.chains)} chains, {report.anchors} anchors"
    if report.ok:
        return f"{head}: nothing is broken"
    rows = [f"  {b.writer} breaks at entry {b.seq}: {b.why} {b.known_by}".rstrip() for b in report.broken]
    return "\n".join([f"{head}: BROKEN", *rows])
