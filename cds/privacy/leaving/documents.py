"""Attachments and narratives as they leave: words scrubbed as text, pictures and sounds never."""

import base64
import binascii
import re
from collections.abc import Callable
from html import escape
from html.parser import HTMLParser
from typing import Any

Clean = Callable[[str], str]

XHTML = "http://www.w3.org/1999/xhtml"
PLAIN = "text/plain; charset=utf-8"
LARGEST = 16 * 1024 * 1024
"""Bytes of an attached text; a larger one is dropped."""

_IS_MIME = re.compile(
    r"(?:text|image|audio|video|application|model|multipart|font)/[A-Za-z0-9.+\-]{1,60}"
    r"(?:\s*;\s*charset=\"?[A-Za-z0-9\-]{1,20}\"?)?\Z"
).match
_CHARSET = re.compile(r"charset=\"?([A-Za-z0-9\-]+)")
_HTML = frozenset({"text/html", "application/xhtml+xml"})
_TEXT = frozenset({"text/plain", "text/markdown", "text/csv", *_HTML})
_BLOCKS = frozenset({
    "p", "div", "br", "tr", "td", "th", "li", "ul", "ol", "table", "h1", "h2", "h3", "h4", "h5", "h6", "pre",
    "section", "article", "blockquote", "dt", "dd", "hr", "caption",
})  # fmt: skip
_UNSEEN = frozenset({"script", "style", "head", "title"})


class _Words(HTMLParser):
    """Takes the words out of markup; names in attributes, comments and scripts are not words."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._unseen = 0

    def handle_starttag(self, tag: str, attrs: Any) -> None:  # noqa: ARG002 - names of the library
        """Break the line where the page would."""
        self._unseen += tag in _UNSEEN
        if tag in _BLOCKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        """Break the line where the page would."""
        self._unseen = max(self._unseen - (tag in _UNSEEN), 0)
        if tag in _BLOCKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        """Keep words that are shown."""
        if not self._unseen:
            self.parts.append(data)


def words(markup: str) -> str:
    """Return the words of HTML or XHTML, lines where the page has them."""
    parser = _Words()
    parser.feed(markup)
    parser.close()
    lines = (" ".join(line.split()) for line in "".join(parser.parts).split("\n"))
    return "\n".join(line for line in lines if line)


def mime(value: Any) -> str:
    """Return a media type that is one, else an empty string."""
    return value if isinstance(value, str) and _IS_MIME(value) else ""


def payload(data: Any, kind: str, clean: Clean) -> bytes | None:
    """Return the words of an attachment scrubbed, as UTF-8, or None where it is no text or cannot be read."""
    bare = kind.partition(";")[0].strip().lower()
    if bare not in _TEXT or not isinstance(data, str) or len(data) > LARGEST * 4 // 3:
        return None
    charset = _CHARSET.search(kind)
    try:
        text = base64.b64decode("".join(data.split()), validate=True).decode(
            charset[1] if charset else "utf-8"
        )
    except (binascii.Error, ValueError, LookupError):
        return None
    cleaned = clean(words(text) if bare in _HTML else text)
    return cleaned.encode() if cleaned.strip() else None


def plain(kind: str) -> str:
    """Return the media type that a scrubbed text has: markup is gone, and UTF-8 it is."""
    bare = kind.partition(";")[0].strip().lower()
    return PLAIN if bare in _HTML else f"{bare}; charset=utf-8"


def narrative(value: Any, clean: Clean) -> dict[str, str] | None:
    """Return a narrative with its words scrubbed and its markup gone."""
    markup = value.get("div") if isinstance(value, dict) else None
    if not isinstance(markup, str) or len(markup) > LARGEST:
        return None
    cleaned = clean(words(markup))
    if not cleaned.strip():
        return None
    shown = "<br/>".join(escape(line, quote=False) for line in cleaned.split("\n"))
    return {"status": "generated", "div": f'<div xmlns="{XHTML}">{shown}</div>'}


def encoded(text: bytes) -> str:
    """Return bytes as FHIR's base64Binary."""
    return base64.b64encode(text).decode("ascii")
