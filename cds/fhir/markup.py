"""Plain text out of HTML, RTF and PDF, with the line breaks that a reader would see."""

import io
import re
from html.parser import HTMLParser

_BLOCK_NAMES = """
address article aside blockquote br caption center dd details div dl dt fieldset figure footer form h1 h2 h3
h4 h5 h6 header hr li main nav ol p pre section summary table tbody tfoot thead tr ul
"""
_BLOCKS = frozenset(_BLOCK_NAMES.split())
_SILENT = frozenset({"head", "script", "style", "template", "title"})
_CELLS = frozenset({"td", "th"})
_SPACES = re.compile(r"[ \t\r\f\v\u00a0]+")
_AROUND_BREAK = re.compile(r" ?\n ?")
_MANY_BREAKS = re.compile(r"\n{3,}")
_MOST_PAGES = 60


class Unreadable(ValueError):
    """A document has no text that can be read; the message says why without a word of it."""


class _Reader(HTMLParser):
    """Collects the text of a page; what a browser would not show is left out."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._hidden = 0
        self._kept = 0

    def handle_starttag(self, tag: str, _attributes: list[tuple[str, str | None]]) -> None:
        """Begin an element."""
        if tag in _SILENT:
            self._hidden += 1
        elif tag == "pre":
            self._kept += 1
        if tag in _BLOCKS:
            self.pieces.append("\n")
        elif tag in _CELLS:
            self.pieces.append("\t")

    def handle_endtag(self, tag: str) -> None:
        """End an element."""
        if tag in _SILENT:
            self._hidden = max(self._hidden - 1, 0)
        elif tag == "pre":
            self._kept = max(self._kept - 1, 0)
        if tag in _BLOCKS and tag != "br":
            self.pieces.append("\n")

    def handle_startendtag(self, tag: str, _attributes: list[tuple[str, str | None]]) -> None:
        """Take an element that is empty; `<title/>` of XHTML hides nothing."""
        if tag in _BLOCKS:
            self.pieces.append("\n")

    def handle_data(self, data: str) -> None:
        """Take text; outside of `pre` a line break in the source is a space."""
        if not self._hidden:
            self.pieces.append(data if self._kept else data.replace("\n", " "))


def of_html(source: str) -> str:
    """Return the text of HTML or XHTML; broken markup gives what can be read of it."""
    reader = _Reader()
    reader.feed(source)
    reader.close()
    return tidied("".join(reader.pieces))


def of_rtf(source: str) -> str:
    """Return the text of RTF."""
    from striprtf.striprtf import rtf_to_text

    if not source.lstrip().startswith("{\\rtf"):
        raise Unreadable("is no RTF")
    try:
        return tidied(str(rtf_to_text(source, errors="replace")))  # type: ignore[no-untyped-call]
    except (ValueError, IndexError, LookupError, RecursionError):
        raise Unreadable("is damaged RTF") from None


def of_pdf(content: bytes) -> str:
    """Return the text layer of a PDF of up to 60 pages."""
    import pypdf
    from pypdf.errors import PyPdfError

    try:
        document = pypdf.PdfReader(io.BytesIO(content))
        pages = [page.extract_text() for page in document.pages[:_MOST_PAGES]]
    except (PyPdfError, ValueError, KeyError, IndexError, TypeError, AttributeError, OSError, RecursionError):
        # The library raises what it stumbles over: a damaged file is the sender's, not ours.
        raise Unreadable("is damaged or locked PDF") from None
    text = tidied("\n".join(pages))
    if not text:
        raise Unreadable("is a PDF without a text layer")
    return text


def tidied(text: str) -> str:
    """Return text with runs of blanks as one, and at most one empty line between lines."""
    lines = _AROUND_BREAK.sub("\n", _SPACES.sub(" ", text.replace("\r\n", "\n").replace("\r", "\n")))
    return _MANY_BREAKS.sub("\n\n", lines).strip()
