"""An exchange for a person at a terminal: the cards as an EHR draws them, what was sent, how long it took.

Severity is a word and a sign, never colour alone. What came over the wire is foreign text: control characters
are taken out and nothing in it is read as terminal markup.
"""

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from rich import box
from rich.console import Group, RenderableType
from rich.markdown import Markdown
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from cds.fire.firing import Exchange
from cds.fire.prefetch import Filled

_SEVERITY: Mapping[str, tuple[str, str]] = {
    "critical": ("‼ CRITICAL", "bold red"),
    "warning": ("! WARNING", "yellow"),
    "info": ("i INFO", "blue"),
}
_HINTS: Mapping[int, str] = {
    400: "The service names the offending field; compare the request (--save FILE keeps it).",
    401: "The service wants a token it knows: give --issuer and --key, and register the key there.",
    403: "This client is known and may not use this service; look at its registration.",
    404: "There is no such service there, or it is switched off.",
    412: "Data it needs could not be had: see the prefetch states; can it reach the FHIR server?",
    413: "The request is over the service's limit.",
    429: "Too many requests; wait as Retry-After says.",
    503: "A part of the service is away; its `doctor` says which.",
}


def clean(value: Any) -> str:
    """Return foreign text without control and bidirectional characters, newlines and tabs kept."""
    text = value if isinstance(value, str) else "" if value is None else str(value)
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in {"Cc", "Cf", "Cs"})


def render(exchange: Exchange) -> RenderableType:
    """Return the whole exchange."""
    return Group(
        _heading(exchange),
        *_answer(exchange),
        *(_sent(exchange.prefetch) if exchange.prefetch else ()),
        _timing(exchange),
        *(Text(f"Note: {clean(note)}") for note in exchange.notes),
    )


def _heading(exchange: Exchange) -> Text:
    signed = "signed" if exchange.signed else "unsigned"
    return Text(f"{exchange.hook} to {clean(exchange.url)} ({signed}): HTTP {exchange.reply.status}", "bold")


def _answer(exchange: Exchange) -> Iterator[RenderableType]:
    if exchange.reply.status != 200:
        yield from _refusal(exchange)
        return
    if not isinstance(exchange.document, dict):
        yield Text("The answer is not a JSON object.", "bold")
        return
    cards = exchange.cards
    if not cards:
        yield Text("No cards: the service answered and has nothing to say about this call.")
    for number, card in enumerate(cards, 1):
        yield draw(card, number=number, of=len(cards))
    actions = exchange.document.get("systemActions")
    if isinstance(actions, list) and actions:
        yield Text("System actions (applied without asking):", "bold")
        yield from (_action(a) for a in actions if isinstance(a, dict))


def _refusal(exchange: Exchange) -> Iterator[RenderableType]:
    yield Text(f"No cards: the service refused the call with {exchange.reply.status}.", "bold")
    for line in said(exchange.document):
        yield _indented(line)
    wait = exchange.reply.headers.get("retry-after")
    if wait:
        yield _indented(f"Retry-After: {clean(wait)}")
    if exchange.reply.status in _HINTS:
        yield Text(_HINTS[exchange.reply.status])


def said(document: Any) -> list[str]:
    """Return what an OperationOutcome or a problem document says, a line for each issue."""
    if not isinstance(document, dict):
        return []
    issues = document.get("issue")
    if isinstance(issues, list):
        return [_issue(issue) for issue in issues if isinstance(issue, dict)]
    found = [document.get(name) for name in ("title", "detail", "message", "error") if document.get(name)]
    return [clean(text) for text in found if isinstance(text, str)]


def _issue(issue: Mapping[str, Any]) -> str:
    details = issue.get("details")
    words = details.get("text") if isinstance(details, dict) else ""
    places = issue.get("expression") or issue.get("location") or []
    place = " ".join(map(str, places)) if isinstance(places, list) else ""
    parts = (issue.get("severity"), issue.get("code"), words, issue.get("diagnostics"), place)
    return ": ".join(clean(part) for part in parts if part)


def draw(card: Mapping[str, Any], *, number: int = 1, of: int = 1) -> Panel:
    """Return one card as an EHR draws it."""
    indicator = clean(card.get("indicator"))
    sign, style = _SEVERITY.get(indicator, (f"? {indicator.upper() or 'NO INDICATOR'}", "magenta"))
    place = f" · card {number} of {of}" if of > 1 else ""
    return Panel(
        Group(*_content(card)),
        title=Text(f"{sign}{place}", style),
        title_align="left",
        border_style=style,
        box=box.ROUNDED,
    )


def _content(card: Mapping[str, Any]) -> Iterator[RenderableType]:
    yield Text(clean(card.get("summary")) or "(no summary)", "bold")
    detail = clean(card.get("detail"))
    if detail:
        yield Padding(Markdown(detail, hyperlinks=False), (1, 0, 0, 0))
    yield from _suggestions(card)
    links = _objects(card.get("links"))
    if links:
        yield _title("Links")
        yield from (_link(link) for link in links)
    reasons = [clean(r.get("display") or r.get("code")) for r in _objects(card.get("overrideReasons"))]
    if reasons:
        yield _title("Reasons to override")
        yield _indented("; ".join(reasons))
    yield Padding(_source(card.get("source")), (1, 0, 0, 0))


def _suggestions(card: Mapping[str, Any]) -> Iterator[RenderableType]:
    suggestions = _objects(card.get("suggestions"))
    if not suggestions:
        return
    how = {"at-most-one": "choose at most one", "any": "choose any"}.get(
        clean(card.get("selectionBehavior")), "no selectionBehavior given"
    )
    yield _title(f"Suggestions ({how})")
    for suggestion in suggestions:
        recommended = " (recommended)" if suggestion.get("isRecommended") is True else ""
        yield _indented(f"[ ] {clean(suggestion.get('label'))}{recommended}")
        yield from (_action(action) for action in _objects(suggestion.get("actions")))


def _action(action: Mapping[str, Any]) -> Padding:
    resource = action.get("resource")
    kind = clean(resource.get("resourceType")) if isinstance(resource, dict) else ""
    own = clean(resource.get("id")) if isinstance(resource, dict) else ""
    named = f"{kind}/{own}" if kind and own and action.get("type") == "update" else kind
    target = named or clean(action.get("resourceId"))
    words = clean(action.get("description"))
    return _indented(f"- {clean(action.get('type'))} {target}{f': {words}' if words else ''}", 6)


def _link(link: Mapping[str, Any]) -> Padding:
    smart = " (SMART app)" if link.get("type") == "smart" else ""
    return _indented(f"{clean(link.get('label'))}{smart}: {clean(link.get('url'))}")


def _source(source: Any) -> Text:
    if not isinstance(source, dict):
        return Text("Source: not given", "dim")
    topic = source.get("topic")
    code = f" · topic {clean(topic.get('code'))}" if isinstance(topic, dict) else ""
    url = f" · {clean(source.get('url'))}" if source.get("url") else ""
    return Text(f"Source: {clean(source.get('label'))}{code}{url}", "dim")


def _title(words: str) -> Padding:
    return Padding(Text(words, "bold"), (1, 0, 0, 0))


def _indented(words: str, by: int = 2) -> Padding:
    return Padding(Text(words), (0, 0, 0, by))


def _objects(value: Any) -> list[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _sent(filled: Iterable[Filled]) -> Iterator[RenderableType]:
    table = Table(box=box.SIMPLE, show_edge=False, pad_edge=False, title="Prefetch", title_justify="left")
    for heading in ("key", "state"):
        table.add_column(heading)
    for heading in ("resources", "ms"):
        table.add_column(heading, justify="right")
    table.add_column("why")
    for item in filled:
        ms = f"{item.seconds * 1000:.0f}" if item.seconds else ""
        table.add_row(*map(Text, (clean(item.key), item.state, str(item.count), ms, clean(item.why))))
    yield Padding(table, (1, 0))


def _timing(exchange: Exchange) -> Text:
    steps = ", ".join(f"{step.name} {step.seconds * 1000:.0f} ms" for step in exchange.steps)
    size = f"{len(exchange.reply.body):,} bytes"
    return Text(f"Time: {steps}. Answer: {size}, {len(exchange.cards)} cards.", "dim")
