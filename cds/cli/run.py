"""`clinicards run`: a model over JSON Lines, one document a line, same order out, of any size."""

import json
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Annotated, Any, BinaryIO

import orjson
import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from cds.cli import streams
from cds.cli.catalogue import FAILED, refusals, refuse, registry, say_json
from models.answers import answer_text, failure
from models.base import Model

LONGEST = 64 * 1024 * 1024
"""Bytes of one line; a longer one is answered with an error."""
_BOM = b"\xef\xbb\xbf"
_EVERY = 500


@dataclass(slots=True)
class Tally:
    """How a run went."""

    model: str
    version: str
    lines: int = 0
    failed: int = 0
    first_failure: str = ""
    seconds: float = 0.0

    def count(self, answer: dict[str, Any]) -> None:
        """Count one answer."""
        self.lines += 1
        error = answer.get("error")
        if error and "code" in error:
            self.failed += 1
            place = f" at {error['pointer']}" if error["pointer"] else ""
            self.first_failure = (
                self.first_failure or f"line {self.lines}: {error['code']}{place}: {error['message']}"
            )

    def words(self) -> str:
        """Return the summary for people."""
        head = f"{self.model}@{self.version}: {self.lines - self.failed} of {self.lines} lines done"
        first = f"; first failure: {self.first_failure}" if self.failed else ""
        return f"{head} in {self.seconds:.1f} s{first}"


def run(
    context: typer.Context,
    model: Annotated[str, typer.Argument(help="scores/kfre, say; NAME@VERSION for one version.")],
    input: Annotated[str, typer.Option("--input", "-i", help="JSON Lines; - for standard input.")] = "",
    output: Annotated[
        str, typer.Option("--output", "-o", help="Where to; - for standard output.")
    ] = streams.STREAM,
    schema: Annotated[bool, typer.Option("--schema", help="Print the input's JSON Schema instead.")] = False,
    deid: Annotated[
        bool, typer.Option("--deid", help="Scrub clinical text before the model reads it.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Summary and errors in JSON.")] = False,
) -> None:
    """Run a model over documents, one a line; a line that cannot be done holds its error."""
    with refusals(as_json=as_json):
        found = registry(context).get(model)
    if schema:
        typer.echo(json.dumps(found.schema(), ensure_ascii=False, indent=2))
        return
    _check_paths(input, output, as_json=as_json)
    if deid:
        from cds.privacy.asked import scrubbing

        found = scrubbing(found)
    tally = Tally(found.name, found.version)
    try:
        with streams.source(input) as source, streams.target(output) as target:
            _pump(found, source, target, tally)
    except BrokenPipeError:
        # Whoever read our output has seen enough; Python would complain again when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(FAILED) from None
    except OSError as error:
        refuse(f"{error.filename or output}: {error.strerror}", as_json=as_json)
    _report(tally, to_stdout=output != streams.STREAM, as_json=as_json)
    raise typer.Exit(FAILED if tally.failed else 0)


def _check_paths(source: str, target: str, *, as_json: bool) -> None:
    if not source:
        refuse("name the documents with --input FILE, or - for standard input", as_json=as_json)
    if wrong := streams.fault([source], [target]):
        refuse(wrong, as_json=as_json)


def _report(tally: Tally, *, to_stdout: bool, as_json: bool) -> None:
    """Say how it went; JSON goes to standard output where the answers did not."""
    if as_json and to_stdout:
        say_json(asdict(tally))
    else:
        typer.echo(json.dumps(asdict(tally)) if as_json else tally.words(), err=True)


def _pump(model: Model, source: BinaryIO, target: BinaryIO, tally: Tally) -> None:
    """Answer each line in order; nothing is kept but the counts."""
    started = time.monotonic()
    console = Console(stderr=True)
    columns = SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn()
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(model.name)
        for line in lines(source):
            answer = _too_long() if line is None else answer_text(model, line)
            target.write(orjson.dumps(answer) + b"\n")
            tally.count(answer)
            if tally.lines % _EVERY == 0:
                progress.update(task, description=f"{model.name}: {tally.lines:,} lines")
        target.flush()
    tally.seconds = round(time.monotonic() - started, 3)


def _too_long() -> dict[str, Any]:
    return failure(None, "too-long", f"the line is over {LONGEST} bytes", "")


def lines(source: BinaryIO, *, longest: int = LONGEST) -> Iterator[bytes | None]:
    """Yield each line without its end, None for one that is too long; an empty line is a line."""
    first = True
    while line := source.readline(longest + 1):
        if len(line) > longest and not line.endswith(b"\n"):
            _skip(source, longest)
            yield None
        else:
            yield line.removeprefix(_BOM).rstrip(b"\r\n") if first else line.rstrip(b"\r\n")
        first = False


def _skip(source: BinaryIO, step: int) -> None:
    """Read to the end of a line without keeping it."""
    while (rest := source.readline(step)) and not rest.endswith(b"\n"):
        pass
