"""An EHR on loopback whose every answer holds canaries, right ones and wrong ones."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import orjson

from privacy_canaries.minting import Mint
from privacy_canaries.places import Json

Mood = Literal["good", "outcome", "server error", "no JSON", "redirect", "outcomes among entries", "cut"]
MOODS: tuple[Mood, ...] = ("outcome", "server error", "no JSON", "redirect", "outcomes among entries", "cut")


@dataclass
class TellingEhr:
    """A WSGI application that answers in one of several moods."""

    mint: Mint
    resources: Sequence[Json] = ()
    mood: Mood = "good"
    asked: list[str] = field(default_factory=list)

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        path = str(environ["PATH_INFO"]).strip("/")
        self.asked.append(f"{path}?{environ['QUERY_STRING']}")
        status, headers, body = self._answer(path)
        sent = [("Content-Type", "application/fhir+json"), ("X-Ehr", self.mint.identifier("EHR header"))]
        start(status, [*sent, *headers])
        return [body]

    def _answer(self, path: str) -> tuple[str, list[tuple[str, str]], bytes]:
        if self.mood == "outcome":
            return "403 Forbidden", [], orjson.dumps(self._outcome())
        if self.mood == "server error":
            return "500 Error", [], f"<pre>{self.mint.string('EHR error page')}</pre>".encode()
        if self.mood == "no JSON":
            return "200 OK", [], f'{{"resourceType": "{self.mint.string("EHR garbage")}'.encode()
        if self.mood == "redirect":
            return "302 Found", [("Location", self.mint.url("EHR redirect"))], b""
        if self.mood == "cut":
            return "200 OK", [("Content-Length", "100000")], f'{{"id": "{self.mint.word()}'.encode()
        return "200 OK", [], orjson.dumps(self._found(path))

    def _outcome(self) -> Json:
        issue = {
            "severity": "error",
            "code": "forbidden",
            "details": {"text": self.mint.string("OperationOutcome.issue.details.text")},
            "diagnostics": self.mint.string("OperationOutcome.issue.diagnostics"),
            "location": [self.mint.string("OperationOutcome.issue.location")],
            "expression": [self.mint.string("OperationOutcome.issue.expression")],
        }
        return {
            "resourceType": "OperationOutcome",
            "id": self.mint.identifier("OperationOutcome.id"),
            "issue": [issue],
        }

    def _found(self, path: str) -> Json:
        kind, _, own = path.partition("/")
        found = [r for r in self.resources if r["resourceType"] == kind]
        if own:
            return found[0] if found else self._outcome()
        wrong = [self._outcome()] if self.mood == "outcomes among entries" else []
        entries = [{"resource": r, "fullUrl": self.mint.url("EHR fullUrl")} for r in (*found, *wrong)]
        link = [{"relation": "self", "url": self.mint.url("EHR link")}]
        return {"resourceType": "Bundle", "type": "searchset", "link": link, "entry": entries}
