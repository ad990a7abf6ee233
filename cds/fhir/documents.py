"""The words of notes: of DocumentReference, DiagnosticReport and Composition, whatever form they came in.

A note that was sent in several forms (plain, HTML, RTF, PDF) is read once, in the form that is read best.
Nothing here knows whose note it is; what comes out has still to pass the scrubber.
"""

import base64
import binascii
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from cds.fhir.markup import Unreadable, of_html, of_pdf, of_rtf, tidied

Resource = Mapping[str, Any]

TYPES = frozenset({"DocumentReference", "DiagnosticReport", "Composition"})
"""Resources whose words are notes."""
MOST_BYTES = 2_000_000
"""Bytes of one attachment beyond which it is not opened."""
_FORMS = (
    "text/plain", "text/markdown", "text/html", "application/xhtml+xml", "text/rtf", "application/rtf",
    "application/pdf",
)  # fmt: skip
"""Media types by how well they are read."""
_CHARSET = re.compile(r"charset\s*=\s*\"?([\w.:-]{1,40})", re.IGNORECASE)
_DEPTH = 8


def note_text(resource: Resource, *, binaries: Mapping[str, Resource] | None = None) -> str:
    """Return the words of a note; raise `Unreadable` with the reason where it has none that can be read.

    `binaries` are FHIR Binary resources by the address that attachments name them by.
    """
    kind = resource.get("resourceType")
    if kind == "Composition":
        text = "\n\n".join(_sections(resource.get("section"), 0))
    else:
        text = _of_attachments(resource, binaries or {})
    if not text:
        raise Unreadable("holds no text")
    return text


def addresses(resource: Resource) -> tuple[str, ...]:
    """Return where the attachments lie that hold no data of their own, best form first."""
    found = [a for a in _ordered(_attachments(resource)) if not a.get("data")]
    return tuple(url for a in found if isinstance(url := a.get("url"), str) and url)


def _of_attachments(resource: Resource, binaries: Mapping[str, Resource]) -> str:
    conclusion = resource.get("conclusion")
    said = [tidied(conclusion)] if isinstance(conclusion, str) else []
    reasons: list[str] = []
    for attachment in _ordered(_attachments(resource)):
        try:
            text = _attached(attachment, binaries)
        except Unreadable as reason:
            reasons.append(str(reason))
            continue
        if text:
            # A report's conclusion mostly stands in its form, too; what stands there already is not repeated.
            return "\n\n".join([text, *(s for s in said if s and s not in text)])
    if not any(said) and reasons:
        raise Unreadable(reasons[0])
    return "\n\n".join(s for s in said if s)


def _attachments(resource: Resource) -> list[Resource]:
    if resource.get("resourceType") == "DiagnosticReport":
        return _objects(resource.get("presentedForm"))
    held = (content.get("attachment") for content in _objects(resource.get("content")))
    return [a for a in held if isinstance(a, dict)]


def _ordered(attachments: Iterable[Resource]) -> list[Resource]:
    return sorted(attachments, key=lambda a: _rank(_media_type(a)))


def _rank(media_type: str) -> int:
    return _FORMS.index(media_type) if media_type in _FORMS else len(_FORMS)


def _media_type(attachment: Resource) -> str:
    stated = attachment.get("contentType")
    return stated.partition(";")[0].strip().lower() if isinstance(stated, str) else ""


def _attached(attachment: Resource, binaries: Mapping[str, Resource]) -> str:
    media_type, stated = _media_type(attachment), str(attachment.get("contentType") or "")
    data = attachment.get("data")
    if not data:
        binary = binaries.get(str(attachment.get("url") or ""))
        if binary is None:
            raise Unreadable("lies elsewhere and was not fetched")
        data = binary.get("data")
        stated = str(binary.get("contentType") or stated)
        media_type = _media_type({"contentType": stated}) or media_type
    if media_type and media_type not in _FORMS:
        raise Unreadable("is of a type that is not read")
    return _read(_decoded(data), media_type, stated)


def _decoded(data: Any) -> bytes:
    if not isinstance(data, str):
        raise Unreadable("holds no data")
    if len(data) > MOST_BYTES * 4 // 3 + 4:
        raise Unreadable(f"is over {MOST_BYTES} bytes")
    try:
        return base64.b64decode("".join(data.split()), validate=True)
    except (binascii.Error, ValueError):
        raise Unreadable("is damaged base64") from None


def _read(content: bytes, media_type: str, stated: str) -> str:
    if media_type == "application/pdf" or content[:5] == b"%PDF-":
        return of_pdf(content)
    text = _characters(content, stated)
    if media_type in {"text/html", "application/xhtml+xml"} or text.lstrip()[:14].lower() == "<!doctype html":
        return of_html(text)
    if media_type.endswith("/rtf") or text.startswith("{\\rtf"):
        return of_rtf(text)
    return tidied(text)


def _characters(content: bytes, stated: str) -> str:
    """Return bytes as text: in the stated character set, else UTF-8, else the Windows set."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", errors="replace")
    named = _CHARSET.search(stated)
    for charset in (*([named[1]] if named else []), "utf-8-sig"):
        try:
            text = content.decode(charset)
        except (UnicodeDecodeError, LookupError):
            continue
        break
    else:
        text = content.decode("cp1252", errors="replace")
    if "\x00" in text:
        raise Unreadable("is binary, not text")
    return text


def _sections(sections: Any, depth: int) -> Iterator[str]:
    """Yield a Composition's sections with their titles as headers, nested ones after their parent."""
    for section in _objects(sections) if depth < _DEPTH else ():
        title, narrative = section.get("title"), section.get("text")
        div = narrative.get("div") if isinstance(narrative, dict) else None
        body = of_html(div) if isinstance(div, str) else ""
        if body:
            header = title.strip().rstrip(":") if isinstance(title, str) else ""
            yield f"{header}:\n{body}" if header else body
        yield from _sections(section.get("section"), depth + 1)


def _objects(value: Any) -> list[Resource]:
    return [v for v in value if isinstance(v, dict)] if isinstance(value, list) else []
