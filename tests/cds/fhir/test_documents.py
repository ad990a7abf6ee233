"""The words of notes, whatever form they came in."""

import base64
import contextlib
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfWriter
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject

from cds.fhir.documents import MOST_BYTES, addresses, note_text
from cds.fhir.markup import Unreadable, of_html


def data(text: str | bytes) -> str:
    return base64.b64encode(text.encode() if isinstance(text, str) else text).decode()


def document(*attachments: dict[str, str]) -> dict[str, object]:
    return {"resourceType": "DocumentReference", "content": [{"attachment": a} for a in attachments]}


def pdf(text: str) -> bytes:
    writer = PdfWriter()
    page = writer.add_blank_page(300, 300)
    font = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Font"),
            NameObject("/Subtype"): NameObject("/Type1"),
            NameObject("/BaseFont"): NameObject("/Helvetica"),
        }
    )
    page[NameObject("/Resources")] = DictionaryObject(
        {NameObject("/Font"): DictionaryObject({NameObject("/F1"): font})}
    )
    stream = DecodedStreamObject()
    stream.set_data(f"BT /F1 12 Tf 20 200 Td ({text}) Tj ET".encode() if text else b"")
    page[NameObject("/Contents")] = stream
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("kind", "content", "text"),
    [
        ("text/plain; charset=utf-8", "HPI:\r\nfever,   no cough", "HPI:\nfever, no cough"),
        ("text/plain", "37.9 °C".encode("cp1252"), "37.9 °C"),
        ("text/plain; charset=iso-8859-1", "Müller".encode("latin-1"), "Müller"),
        ("text/plain; charset=no-such-set", "plain", "plain"),
        ("text/plain", "\ufeffwith a mark", "with a mark"),
        ("text/plain", "wide".encode("utf-16"), "wide"),
        (
            "text/html",
            "<p>No <b>fever</b>.</p><ul><li>cough</li><li>rash</li></ul>",
            "No fever.\n\ncough\n\nrash",
        ),
        ("application/xhtml+xml", "<div>a&amp;b<br/>c<script>x()</script></div>", "a&b\nc"),
        ("text/html", "<table><tr><th>BP</th><td>120/80</td></tr></table>", "BP 120/80"),
        ("", "<!DOCTYPE html><html><head><title>t</title></head><body>seen</body></html>", "seen"),
        ("text/rtf", r"{\rtf1\ansi No \b fever\b0 .\par Cough.}", "No fever.\nCough."),
        ("application/pdf", pdf("Impression: nodule"), "Impression: nodule"),
    ],
)
def test_every_form_of_a_note_is_read_as_its_words(kind: str, content: str | bytes, text: str):
    assert note_text(document({"contentType": kind, "data": data(content)})) == text


def test_a_note_in_several_forms_is_read_once_in_the_best():
    forms = [
        {"contentType": "application/pdf", "data": data(b"%PDF-broken")},
        {"contentType": "text/html", "data": data("<p>as html</p>")},
        {"contentType": "text/plain", "data": data("as plain text")},
    ]
    assert note_text(document(*forms)) == "as plain text"
    assert note_text(document(*forms[:2])) == "as html"


@pytest.mark.parametrize(
    ("attachment", "why"),
    [
        ({"contentType": "text/plain", "data": "%%%"}, "damaged base64"),
        ({"contentType": "text/plain", "data": "A" * (MOST_BYTES * 4 // 3 + 5)}, "over"),
        ({"contentType": "text/plain", "data": data(b"a\x00b")}, "binary"),
        ({"contentType": "image/png", "data": data(b"png")}, "not read"),
        ({"contentType": "application/pdf", "data": data(b"%PDF-1.7 torn")}, "damaged or locked"),
        ({"contentType": "application/pdf", "data": data(pdf(""))}, "without a text layer"),
        ({"contentType": "text/rtf", "data": data("plain")}, "no RTF"),
        ({"contentType": "text/plain", "url": "Binary/1"}, "lies elsewhere"),
        ({"contentType": "text/plain", "data": 5}, "holds no data"),
    ],
)
def test_what_cannot_be_read_says_why_and_none_of_its_words(attachment: dict[str, str], why: str):
    with pytest.raises(Unreadable, match=why):
        note_text(document(attachment))


@pytest.mark.parametrize(
    "resource", [document(), {"resourceType": "Composition"}, {"resourceType": "DiagnosticReport"}]
)
def test_a_note_without_words_says_so(resource: dict[str, object]):
    with pytest.raises(Unreadable, match="no text"):
        note_text(resource)


def test_a_binary_stands_in_for_the_data_that_lies_elsewhere():
    note = document({"contentType": "text/plain", "url": "Binary/1"})
    assert addresses(note) == ("Binary/1",)
    found = {"Binary/1": {"resourceType": "Binary", "contentType": "text/html", "data": data("<p>there</p>")}}
    assert note_text(note, binaries=found) == "there"


def test_a_reports_conclusion_is_read_with_its_form_and_not_twice():
    report = {"resourceType": "DiagnosticReport", "conclusion": "Nodule, 8 mm."}
    assert note_text(report) == "Nodule, 8 mm."
    whole = {**report, "presentedForm": [{"contentType": "text/plain", "data": data("CT: Nodule, 8 mm.")}]}
    assert note_text(whole) == "CT: Nodule, 8 mm."
    other = {**report, "presentedForm": [{"contentType": "text/plain", "data": data("CT chest.")}]}
    assert note_text(other) == "CT chest.\n\nNodule, 8 mm."
    torn = {**report, "presentedForm": [{"contentType": "text/plain", "data": "%"}]}
    assert note_text(torn) == "Nodule, 8 mm."


def test_a_compositions_sections_keep_their_titles():
    composition = {
        "resourceType": "Composition",
        "section": [
            {
                "title": "Plan:",
                "text": {"div": "<div>rest</div>"},
                "section": [{"text": {"div": "<p>fluids</p>"}}],
            },
            {"title": "Empty", "text": {"div": "<div></div>"}},
        ],
    }
    assert note_text(composition) == "Plan:\nrest\n\nfluids"


@given(st.text(max_size=300))
@settings(max_examples=60, deadline=None)
def test_any_markup_gives_text_and_no_error(source: str):
    """What holds neither tag nor entity stays word for word."""
    of_html(source)
    plain = source.replace("<", " ").replace("&", " ")
    assert of_html(plain).split() == plain.split()


@given(
    st.binary(max_size=300), st.sampled_from(["text/plain", "text/html", "text/rtf", "application/pdf", ""])
)
@settings(max_examples=80, deadline=None)
def test_any_bytes_give_text_or_the_reason(content: bytes, kind: str):
    with contextlib.suppress(Unreadable):
        assert note_text(document({"contentType": kind, "data": data(content)}))
