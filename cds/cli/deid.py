"""`clinicards deid`: texts and FHIR resources as they may leave, from files of any size.

An output that is there is replaced, and only when all of the new one is written.
"""

import json
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, BinaryIO, NoReturn

import orjson
import typer

from cds.cli import streams
from cds.cli.door import actor, at_door
from cds.cli.settings import settings_of
from cds.errors import CdsError, SettingsError
from cds.privacy.leaving import PROFILES, Manifest, Policy, Stream
from cds.privacy.leaving.texts import Refused, scrubbed

app = typer.Typer(no_args_is_help=True, help="De-identify files of texts or FHIR resources.")

SOME_REFUSED = 1
USAGE = 2
LONGEST_DOCUMENT = 1024 * 1024 * 1024

Input = Annotated[str, typer.Option("--input", "-i", help="What to read; - for standard input.")]
Output = Annotated[str, typer.Option("--output", "-o", help="Where to; - for standard output.")]
ProfileName = Annotated[str, typer.Option("--profile", help="safe_harbor or limited.")]
Account = Annotated[str, typer.Option("--manifest", help="Where to write what was done, without values.")]
AsJson = Annotated[bool, typer.Option("--json", help="Summary and errors in JSON.")]


@app.command("text")
def text(
    input: Input,
    output: Output = streams.STREAM,
    profile: ProfileName = "safe_harbor",
    manifest: Account = "",
    as_json: AsJson = False,
) -> None:
    """Scrub texts, one JSON object a line: `id`, `text` and, if any, `known` names and identifiers."""
    _check([input], [output, manifest], as_json=as_json)
    _check_profile(profile, as_json=as_json)
    started, counts = time.monotonic(), {"lines": 0, "refused": 0}
    spans: dict[str, int] = {}
    first = ""
    with _failures(as_json=as_json), streams.source(input) as source, streams.target(output) as target:
        for number, line in enumerate(source, 1):
            counts["lines"] += 1
            try:
                answer = scrubbed(line)
            except Refused as refusal:
                answer = {"id": refusal.id, "error": {"code": "bad-input", "message": str(refusal)}}
                counts["refused"] += 1
                first = first or f"line {number}: {refusal}"
            for span in answer.get("spans", ()):
                spans[span["category"]] = spans.get(span["category"], 0) + 1
            target.write(orjson.dumps(answer, option=orjson.OPT_APPEND_NEWLINE))
    done = {"profile": profile, **counts, "first_refused": first, "text_spans": dict(sorted(spans.items()))}
    _account(manifest, done)
    words = f"{counts['lines'] - counts['refused']} of {counts['lines']} texts scrubbed"
    _report(done, f"{words}; first refused: {first}" if first else words, started, output, as_json=as_json)
    raise typer.Exit(SOME_REFUSED if counts["refused"] else 0)


@app.command("fhir")
def fhir(
    context: typer.Context,
    input: Input,
    output: Output = streams.STREAM,
    profile: ProfileName = "safe_harbor",
    manifest: Account = "",
    people: Annotated[
        list[Path] | None,
        typer.Option(help="NDJSON whose names are read first: Patient, RelatedPerson, Practitioner files."),
    ] = None,
    texts: Annotated[str, typer.Option(help="Free texts: scrub, or drop.")] = "scrub",
    narrative: Annotated[str, typer.Option(help="Resources' narratives: drop, or clean.")] = "drop",
    zip3: Annotated[bool, typer.Option("--zip3", help="Keep three digits of US postal codes.")] = False,
    shift_weeks: Annotated[
        int | None, typer.Option(help="Move all dates by so many weeks (limited) instead of each patient's.")
    ] = None,
    keep: Annotated[
        bool, typer.Option("--keep", help="Keep, sealed, what pseudonyms stand for (limited).")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Transform a FHIR Bundle, or NDJSON of resources, under the Safe Harbor or the limited policy."""
    files = [str(path) for path in people or ()]
    _check([input, *files], [output, manifest], as_json=as_json)
    _check_profile(profile, as_json=as_json)
    started = time.monotonic()
    with _failures(as_json=as_json):
        key, tenant = _key(context) if profile == "limited" else (b"", "default")
        pairs: dict[str, str] = {}
        policy = Policy(
            profile, datetime.now(UTC), key=key, tenant=tenant, texts=texts, narrative=narrative,
            zip3=zip3, shift_weeks=shift_weeks, keep=pairs.__setitem__ if keep else None,
        )  # fmt: skip
        with Stream(policy) as stream:
            for path in files:
                with streams.source(path) as source:
                    stream.learn(source)
            with streams.source(input) as source, streams.target(output) as target:
                _pump(stream, source, target)
                if keep:
                    # Before the output is put in place: nothing leaves whose way back was to be kept.
                    _keep(context, pairs, stream, as_json=as_json)
            done = _summary(stream, stream.manifest())
    _account(manifest, done)
    words = f"{done['written']} resources written, {done['refused_count']} refused"
    for row in done["refused_first"]:
        words += f"\n  line {row['line']}: {row['type']}: {row['reason']}"
    brief = {name: done[name] for name in ("profile", "lines", "written", "refused_count", "refused")}
    _report(brief, words, started, output, as_json=as_json)
    raise typer.Exit(SOME_REFUSED if done["refused_count"] else 0)


def _pump(stream: Stream, source: BinaryIO, target: BinaryIO) -> None:
    """Write what may leave: a line for each line, or a document for a document."""
    first = _first(source)
    if _is_line(first):
        target.writelines(stream.transformed(_from(first, source)))
        return
    rest = source.read(LONGEST_DOCUMENT + 1)
    if len(rest) > LONGEST_DOCUMENT:
        raise CdsError("the document is over 1 GiB: write its resources as NDJSON, one a line")
    document = stream.document(first + rest)
    if document is not None:
        target.write(document)


def _first(source: BinaryIO) -> bytes:
    """Return the input up to the end of its first line that holds something."""
    read = b""
    while line := source.readline():
        read += line
        if line.strip():
            break
    return read


def _is_line(first: bytes) -> bool:
    """Tell whether the first line is JSON by itself; else the whole input is one document."""
    try:
        orjson.loads(first.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError:
        return not first.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{") or first.rstrip().endswith(b"}")
    return True


def _from(first: bytes, source: BinaryIO) -> Iterator[bytes]:
    yield from first.splitlines(keepends=True)
    yield from source


def _key(context: typer.Context) -> tuple[bytes, str]:
    """Return the tenant's pseudonym key: the same in every run, so that exports join with each other."""
    from cds.wiring import open_keys

    settings = settings_of(context)
    return open_keys(settings).derive("pseudonyms", settings.tenant), settings.tenant


def _keep(context: typer.Context, pairs: Mapping[str, str], stream: Stream, *, as_json: bool) -> None:
    """Keep what pseudonyms stand for where the site's configuration says so, and enter it in the audit."""
    from cds.privacy import vault

    with at_door(context, as_json=as_json) as door:
        days = door.days.get(vault.PURPOSE, 0)
        if not days:
            raise SettingsError("--keep needs privacy.keep_pseudonyms = true in the configuration")
        body = {
            "actor": actor(), "profile": "limited", "resources": stream.written, "refused": stream.refused,
        }  # fmt: skip
        door.record("de-identify", body)
        expires = door.clock.now() + days * 86_400
        vault.keep(door.store, door.keys, door.tenant, pairs.items(), expires=expires, now=door.clock.now())


def _summary(stream: Stream, manifest: Manifest) -> dict[str, Any]:
    first = [{"line": r.index, "type": r.kind, "reason": r.reason} for r in stream.refusals]
    counts = {"lines": stream.lines, "written": stream.written, "refused_count": stream.refused}
    return {**counts, **manifest.as_dict(), "refused_first": first}


def _check(sources: list[str], targets: list[str], *, as_json: bool) -> None:
    if fault := streams.fault(sources, [target for target in targets if target]):
        _refuse(fault, as_json=as_json)


def _check_profile(profile: str, *, as_json: bool) -> None:
    if profile not in PROFILES:
        _refuse("--profile is safe_harbor or limited", as_json=as_json)


class _failures:  # noqa: N801 - used as a statement
    """Turns errors into a line and exit code 2; whatever was being written is gone by then."""

    def __init__(self, *, as_json: bool) -> None:
        self._as_json = as_json

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, CdsError):
            _refuse(error.message, as_json=self._as_json)
        if isinstance(error, BrokenPipeError):
            raise typer.Exit(SOME_REFUSED) from None
        if isinstance(error, OSError):
            _refuse(f"{error.filename or 'the output'}: {error.strerror}", as_json=self._as_json)


def _refuse(message: str, *, as_json: bool) -> NoReturn:
    if as_json:
        typer.echo(json.dumps({"error": {"code": "usage", "message": message}}, ensure_ascii=False))
    else:
        typer.echo(f"error: {message}", err=True)
    raise typer.Exit(USAGE) from None


def _account(path: str, done: dict[str, Any]) -> None:
    """Write the manifest, whole or not at all."""
    if path:
        with streams.target(path) as target:
            target.write(orjson.dumps(done, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))


def _report(done: dict[str, Any], words: str, started: float, output: str, *, as_json: bool) -> None:
    """Say how it went; JSON goes to standard output where nothing else does."""
    seconds = round(time.monotonic() - started, 3)
    if as_json:
        typer.echo(json.dumps({**done, "seconds": seconds}, ensure_ascii=False), err=output == streams.STREAM)
    else:
        typer.echo(f"{words} in {seconds:.1f} s", err=True)
