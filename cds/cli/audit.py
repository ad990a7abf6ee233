"""`clinicards audit`: whether the record of what was said still is what was written."""

from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from adapters.ports import AuditRow
from cds.cli.door import REFUSED, AsJson, at_door, say
from cds.errors import BadRequest
from cds.privacy.audit import Anchor, VerifyReport, dump_anchors, load_anchors, tails, verify
from cds.privacy.audit_export import fhir_ndjson, ndjson

app = typer.Typer(no_args_is_help=True, help="The audit chain.")

_WORDS: Mapping[str, str] = {
    "mac": "it or the entry before it was changed",
    "gap": "entries before it are missing",
    "order": "it stands out of order, or twice",
    "anchor": "it is not the entry that an anchor knows; the anchor stands in",
    "truncated": "it and what followed are missing; the anchor that knows of them stands in",
}
"""What is wrong with an entry, by the word of the report."""

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


class ExportFormat(StrEnum):
    """How entries are written."""

    ndjson = "ndjson"
    fhir = "fhir"


@app.command("export")
def export(
    context: typer.Context,
    output: Annotated[Path, typer.Option(help="Where; a JSON object a line.")],
    form: Annotated[
        ExportFormat, typer.Option("--format", help="ndjson: an entry a line; fhir: a Bundle of AuditEvents.")
    ] = ExportFormat.ndjson,
    as_json: AsJson = False,
) -> None:
    """Write all entries with their macs, as NDJSON or FHIR R4 AuditEvents; they hold no patient data."""
    with at_door(context, as_json=as_json) as door:
        rows = Counted(door.store.audit_entries(door.tenant))
        lines = ndjson(rows) if form is ExportFormat.ndjson else fhir_ndjson(rows, made=door.clock.now())
        with output.open("wb") as out:
            out.writelines(lines)
        say({"entries": rows.count}, f"wrote {rows.count} entries to {output}", as_json=as_json)


class Counted:
    """Rows that are counted as they go by."""

    def __init__(self, rows: Iterable[AuditRow]) -> None:
        self.count = 0
        self._rows = rows

    def __iter__(self) -> Iterator[AuditRow]:
        for row in self._rows:
            self.count += 1
            yield row


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
    rows = [
        f"  {b.writer} breaks at entry {b.seq} ({b.why}): {_WORDS[b.why]} {b.known_by}".rstrip()
        for b in report.broken
    ]
    return "\n".join([f"{head}: BROKEN", *rows])
