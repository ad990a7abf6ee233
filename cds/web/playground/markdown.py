"""A card's detail as HTML: Markdown without raw HTML, then sanitised against an allow-list all the same."""

from functools import cache

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

_TAGS = frozenset(
    {
        "a",
        "blockquote",
        "br",
        "code",
        "del",
        "em",
        "h4",
        "h5",
        "h6",
        "hr",
        "li",
        "ol",
        "p",
        "pre",
        "strong",
        "s",
    }
    | {"table", "tbody", "td", "th", "thead", "tr", "ul"}
)
_SCROLL = '<div class="pg-scroll" role="group" aria-label="Table of the card" tabindex="0"><table>'


@cache
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])


def render(text: str) -> Markup:
    """Return Markdown as safe HTML; headings begin below those of the page, tables scroll by themselves."""
    tokens = [_lowered(token) for token in _parser().parse(text)]
    html = _parser().renderer.render(tokens, _parser().options, {})
    safe = nh3.clean(
        html,
        tags=set(_TAGS),
        attributes={"a": {"href"}},
        url_schemes={"http", "https"},
        link_rel="noopener noreferrer",
    )
    # What is sanitised holds no attributes on tables, so these words are exactly where tables begin.
    return Markup(safe.replace("<table>", _SCROLL).replace("</table>", "</table></div>"))  # noqa: S704


def _lowered(token: Token) -> Token:
    if token.type in {"heading_open", "heading_close"}:
        token.tag = f"h{min(int(token.tag[1]) + 3, 6)}"
    return token
