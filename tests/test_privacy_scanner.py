"""The scanner finds what it is for: a leak planted on purpose, in each form, in each output."""

import base64
import html
import json
import logging
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import orjson
import pytest
import structlog
from privacy_canaries import rounds
from privacy_canaries.minting import Canary, Mint
from privacy_canaries.outputs import answered
from privacy_canaries.places import Planter, types
from privacy_canaries.scanning import Scanner
from privacy_canaries.sending import Sender
from privacy_canaries.stage import Stage, staged

from cds.hooks.cards import Card

TEXT = "Zuqavexij Jowukizaq & 4821309755123"
SECRET = Canary("Patient.name.family", TEXT)
BORN = Canary("Patient.birthDate", "1931-04-17", "date")

FORMS: Mapping[str, Callable[[str], str]] = {
    "exact": lambda t: t,
    "folded": str.casefold,
    "upper": str.upper,
    "first half": lambda t: t[: len(t) // 2],
    "second half": lambda t: t[len(t) // 2 :],
    "digits only": lambda t: "".join(c for c in t if c.isdigit()),
    "digits apart": lambda t: "-".join(c for c in t if c.isdigit()),
    "letters apart": lambda t: " ".join(t.replace(" ", "")),
    "without separators": lambda t: "".join(c for c in t if c.isalnum()),
    "reversed": lambda t: t[::-1],
    "base64": lambda t: base64.b64encode(t.encode()).decode(),
    "base64 shifted by one": lambda t: base64.b64encode(b"x" + t.encode()).decode(),
    "base64 shifted by two": lambda t: base64.b64encode(b"xy" + t.encode()).decode(),
    "base64 for URLs": lambda t: base64.urlsafe_b64encode(f"\u00ff\u00fe{t}".encode()).decode(),
    "base64 without padding": lambda t: base64.b64encode(t.encode()).decode().rstrip("="),
    "base64 in base64": lambda t: base64.b64encode(base64.b64encode(t.encode())).decode(),
    "base64 of a document": lambda t: base64.b64encode(json.dumps({"name": t}).encode()).decode(),
    "hexadecimal": lambda t: t.encode().hex(),
    "hexadecimal, upper": lambda t: t.encode().hex().upper(),
    "percent-encoded": quote,
    "percent-encoded with plus": quote_plus,
    "percent-encoded throughout": lambda t: "".join(f"%{b:02X}" for b in t.encode()),
    "HTML-escaped": html.escape,
    "HTML by number": lambda t: "".join(f"&#{ord(c)};" for c in t),
    "HTML by hexadecimal number": lambda t: "".join(f"&#x{ord(c):x};" for c in t),
    "JSON": lambda t: json.dumps({"a": [t]}),
    "escaped as in JSON": lambda t: "".join(f"\\u{ord(c):04x}" for c in t),
    "in a URL": lambda t: f"https://x.example/?q={quote(t, safe='')}&x=1",
    "in a word": lambda t: f"lab{t.split()[0]}7",
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "around", ["{}", "seen with {} today", '{{"a": "{}"}}', "line\nx={}\nline", "\x00\x01{}\x02"]
)
def test_a_canary_is_found_in_each_form(form: str, around: str) -> None:
    found = Scanner([SECRET]).leaks("here", around.format(FORMS[form](TEXT)))
    assert [leak.canary for leak in found] == [SECRET]


@pytest.mark.parametrize(
    "written",
    [
        "1931-04-17",
        "1931/04/17",
        "19310417",
        "1931-04-17T08:00:00Z",
        "04/17/1931",
        "4/17/1931",
        "17.04.1931",
        "17-4-1931",
        "April 17, 1931",
        "17 april 1931",
        "17th APRIL 1931",
        base64.b64encode(b"born 1931-04-17").decode(),
        b"1931-04-17".hex(),
        "1931%2D04%2D17",
    ],
)
def test_a_date_is_found_however_it_is_written(written: str) -> None:
    assert Scanner([BORN]).leaks("here", f'{{"x": "{written}"}}')


def test_a_short_name_is_found_where_it_stands_alone() -> None:
    scanner = Scanner([Canary("name", "Nkem", "word")])
    assert scanner.leaks("here", "for NKEM, repeat")
    assert not scanner.leaks("here", "nkembe")


def test_what_is_not_there_is_not_found() -> None:
    text = Path(__file__).read_text(encoding="utf-8").replace("1931", "1930")
    other = replace(SECRET, text=f"{Mint(8).word()} {Mint(9).digits()}")
    assert Scanner([other, BORN]).leaks("x", text) == []


def test_no_two_canaries_of_a_round_share_a_word() -> None:
    planter = Planter(Mint(5), "p")
    for kind in types()[:40]:
        planter.resource(kind)
    words = [word for canary in planter.mint.made if canary.kind == "text" for word in canary.text.split()]
    names = [word for word in words if word.isalpha()]
    assert len(names) == len(set(names))


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    with staged(tmp_path, monkeypatch) as made:
        yield made


def sent(stage: Stage, script: Any) -> set[str]:
    """Fire a call at a service that does what the script does, and return where canaries were found."""
    send = Sender(Planter(Mint(3), "p1"), stage.server)
    needs = stage.services["watcher"].inner.needs("patient-view")
    some = [send.planter.resource(kind) for kind in ("Patient", "Condition")]
    stage.watcher.script = script
    stage.send("watcher", orjson.dumps(send.request("patient-view", needs, some)))
    stage.canaries.append(SECRET)
    stage.shutter()
    return {leak.where for leak in stage.leaks()}


def card(case: Any, settings: Any, **said: Any) -> list[Card]:
    made = {"summary": "s", "indicator": "info", "source": settings.source("T"), **said}
    return [Card(uuid=case.new_uuid(), **made)]


@pytest.mark.parametrize("form", ["exact", "folded", "digits only", "second half", "base64", "hexadecimal"])
def test_a_service_that_tells_is_caught(stage: Stage, form: str) -> None:
    written = FORMS[form](TEXT)
    assert "cards" in sent(stage, lambda case, _, settings: card(case, settings, detail=written))


def test_a_service_that_asks_a_model_about_a_name_is_caught(stage: Stage) -> None:
    def script(case: Any, models: Any, settings: Any) -> Any:
        models.find("scores", case.record, deadline=case.deadline, options={"who": FORMS["reversed"](TEXT)})
        return card(case, settings)

    assert sent(stage, script) == {"what models received"}


@pytest.mark.parametrize(
    ("where", "tell"),
    [
        ("logs of libraries", lambda: logging.getLogger("some.library").debug("read %s", TEXT)),
        ("standard error", lambda: structlog.get_logger("clinicards").info("call", patient=TEXT)),
    ],
)
def test_whoever_logs_is_caught(stage: Stage, where: str, tell: Any) -> None:
    def script(case: Any, _models: Any, settings: Any) -> Any:
        tell()
        return card(case, settings)

    assert where in sent(stage, script)


def test_whoever_prints_is_caught(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def script(case: Any, _models: Any, settings: Any) -> Any:
        sys.stdout.write(quote(TEXT))
        return card(case, settings)

    with staged(tmp_path, monkeypatch) as stage:
        assert "standard output" in sent(stage, script)


def test_a_trace_in_a_log_is_caught(stage: Stage) -> None:
    def script(case: Any, _models: Any, settings: Any) -> Any:
        try:
            int(TEXT)
        except ValueError:
            logging.getLogger("x").exception("failed")
        return card(case, settings)

    assert "logs of libraries" in sent(stage, script)


def test_an_audit_that_tells_is_caught_in_each_of_its_forms(stage: Stage) -> None:
    def script(case: Any, _models: Any, settings: Any) -> Any:
        stage.site.live.parts.recorder.record("refusal", {"reason": FORMS["digits only"](TEXT)})
        return card(case, settings)

    found = sent(stage, script)
    assert {"audit", "audit as NDJSON", "audit as FHIR"} <= found
    assert any(where.startswith("file store.sqlite") for where in found)


def test_a_file_left_behind_is_caught(stage: Stage) -> None:
    def script(case: Any, _models: Any, settings: Any) -> Any:
        (stage.folder / "data" / "debug.dump").write_bytes(base64.b64encode(TEXT.encode()))
        return card(case, settings)

    assert "file debug.dump" in sent(stage, script)


def test_an_error_and_a_header_that_tell_are_caught(stage: Stage) -> None:
    app = stage.site.web.application

    @app.after_request
    def telling(response: Any) -> Any:
        response.headers["X-Patient"] = quote(TEXT)
        return response

    answered(stage.site.web.get("/nowhere"), stage.kept)
    stage.kept["bodies of errors"].append(orjson.dumps({"at": TEXT}).decode())
    stage.canaries.append(SECRET)
    assert {leak.where for leak in stage.leaks()} == {"headers of answers", "bodies of errors"}


def test_only_the_named_members_of_a_suggestion_may_bring_something_back(stage: Stage) -> None:
    """A draft comes back whole in the suggestion to change it, and its words nowhere beside it."""
    mint = Mint(4)
    send = Sender(Planter(mint, "p1"), stage.server)
    needs = stage.services["watcher"].inner.needs("order-sign")
    some = [send.planter.resource(kind) for kind in ("Patient", "ServiceRequest")]
    response = stage.send("watcher", orjson.dumps(send.request("order-sign", needs, some)))
    stage.planted(mint)
    whole = Scanner(stage.canaries).leaks("whole", response.get_data())
    assert whole
    assert rounds.VOICES
    assert stage.leaks() == []
