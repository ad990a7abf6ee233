"""What `clinicards ask` reads from its options and how it says an answer on a terminal."""

from collections.abc import Iterable, Iterator
from typing import BinaryIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from cds.consult.asking import VITALS, Given, Query, read_answer
from cds.consult.changes import changes
from cds.consult.reading import Reading, Reason, Row
from cds.consult.story import Stretch
from cds.consult.wording import percent

STREAM = "-"
_SHOWN = 10
_REASONS = 4
_STYLES = {"emergency": "bold white on red", "urgent": "bold black on yellow"}
_MARKS = {"present": ("[+", "bold green"), "absent": ("[−", "cyan strike"), "both": ("[?", "yellow")}
_REPLIES = {"y": "yes", "yes": "yes", "n": "no", "no": "no", "d": "unknown", "?": "unknown", "": "unknown"}
_CLOSING = (
    "To consider, not a diagnosis; what is low on the list is not ruled out. Weights are added to log-odds:\n"
    "+0.7 doubles the odds. Research only, not a medical device. "
    "Model card: clinicards models show differential"
)


def story_of(text: str, stream: BinaryIO) -> str:
    """Return the story given, or what standard input holds; raise `ValueError`."""
    try:
        return (stream.read().decode() if text == STREAM else text).strip()
    except UnicodeDecodeError:
        raise ValueError("the story on standard input is no UTF-8 text") from None


def vital_options(options: Iterable[str]) -> dict[str, float]:
    """Return the values of options like `temperature=38.6`; raise `ValueError`."""
    found: dict[str, float] = {}
    for option in options:
        name, _, number = option.partition("=")
        if name not in {vital.name for vital in VITALS}:
            raise ValueError(f"--vital takes NAME=NUMBER; names are {', '.join(v.name for v in VITALS)}")
        try:
            found[name] = float(number)
        except ValueError:
            raise ValueError(f"--vital {name} takes a number") from None
    return found


def given_options(options: Iterable[str]) -> tuple[Given, ...]:
    """Return the answers of options like `fever=no`; raise `ValueError`."""
    try:
        return tuple(read_answer(option.replace("=", ":", 1)) for option in options)
    except ValueError:
        raise ValueError("--finding takes CODE=yes, CODE=no or CODE=unknown") from None


def show(reading: Reading, console: Console, aside: Console) -> None:
    """Say an answer: what must not be missed first; why there is none goes to standard error."""
    if reading.story:
        console.print(_story(reading.story), soft_wrap=True)
        console.print(_hidden(reading), style="dim", soft_wrap=True)
    _judge(reading, console, aside)
    if reading.rows:
        console.print(_CLOSING, style="dim", soft_wrap=True)
    _ask(reading, console)


def _judge(reading: Reading, console: Console, aside: Console) -> None:
    for line in _flags(reading):
        console.print(line, soft_wrap=True)
    if reading.both:
        console.print(f"Said both to be there and not, so left out: {', '.join(reading.both)}.", markup=False)
    if reading.refusal is not None:
        aside.print(f"error: no differential: {' '.join(reading.refusal)}", markup=False, soft_wrap=True)
        return
    console.print(_table(reading))


def _ask(reading: Reading, console: Console) -> None:
    if reading.questions:
        first = reading.questions[0]
        console.print(Text.assemble("\nAsk next: ", (first.text, "bold"), (f"  ({first.code})", "dim")))


def invite(reading: Reading, query: Query, console: Console) -> Query | None:
    """Return the query with what was answered or taken back; None where nobody answers any more."""
    if reading.refusal is not None or not reading.questions:
        return None
    while True:
        try:
            reply = console.input("[y]es, [n]o, [d]on't know, [u]ndo, [q]uit: ", markup=False).strip().lower()
        except (EOFError, KeyboardInterrupt):
            return None
        if reply in {"q", "quit"}:
            return None
        if reply in {"u", "undo"} and query.given:
            return query.without(query.given[-1].finding)
        if reply in _REPLIES:
            return query.answered(read_answer(f"{reading.questions[0].code}:{_REPLIES[reply]}"))


def answer(before: Reading, after: Reading, console: Console, aside: Console) -> None:
    """Say what an answer changed, then how it stands now."""
    console.print()
    for line in changes(before, after):
        console.print(f"- {line}", markup=False, soft_wrap=True)
    _judge(after, console, aside)
    _ask(after, console)


def _story(story: Iterable[Stretch]) -> Text:
    text = Text()
    for one in story:
        words = _harmless(one.text)
        if one.fate == "hidden":
            text.append(f"<{words}>", "dim")
        elif one.fate == "plain":
            text.append(words)
        else:
            opening, style = _MARKS[one.fate]
            text.append(opening, "bold").append(words, style).append("]", "bold")
    return text


def _harmless(words: str) -> str:
    """Return words without control characters, which could write anywhere on a terminal."""
    return "".join(c if c.isprintable() or c in "\n\t" else "\N{REPLACEMENT CHARACTER}" for c in words)


def _hidden(reading: Reading) -> Text:
    what = "identifier was" if reading.hidden == 1 else "identifiers were"
    tail = f"  <{reading.hidden} {what} replaced before the model read the story>" if reading.hidden else ""
    return Text(f"[+ there]  [− absent]{tail}")


def _flags(reading: Reading) -> Iterator[Text]:
    head, words = reading.heading
    yield Text.assemble("\n", (f" {head.upper()} ", _STYLES.get(reading.level, "bold")), f" {words}")
    for flag in reading.flags:
        yield Text.assemble(("! ", "bold red"), (flag["says"], "bold"), (f"  {flag['source']}", "dim"))
    if not reading.flags and reading.refusal is None:
        yield Text("No red flag was met by what was understood.")


def _table(reading: Reading) -> Table:
    table = Table(title="Consider", title_justify="left", box=None, pad_edge=False, show_edge=False)
    table.add_column("", justify="right", style="dim")
    table.add_column("condition", ratio=2)
    table.add_column("", justify="right", no_wrap=True)
    table.add_column("why", ratio=5)
    for row in reading.rows[:_SHOWN]:
        table.add_row(str(row.rank), _name(row), row.percent, _why(row))
    rest = reading.rest + sum(row.probability for row in reading.rows[_SHOWN:])
    table.add_row("", Text("everything else", "dim"), Text(percent(rest), "dim"), "")
    return table


def _name(row: Row) -> Text:
    text = Text(row.name, "bold")
    if row.level == "emergency":
        text.append(" (emergency: rule out)", "red")
    return text


def _why(row: Row) -> Text:
    lines = [_reasons(word, why) for word, why in (("for ", row.pro), ("against ", row.contra)) if why]
    return Text("\n").join(lines)


def _reasons(word: str, reasons: tuple[Reason, ...]) -> Text:
    told = ", ".join(f"{one.words} {one.said}" for one in reasons[:_REASONS])
    more = f", {len(reasons) - _REASONS} more" if len(reasons) > _REASONS else ""
    return Text.assemble((word, "dim"), f"{told}{more}")
