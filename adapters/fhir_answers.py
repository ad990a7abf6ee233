"""What a FHIR server said, read with care: resources, pages of a search, and refusals without values.

A message names types, parameters, status and issue codes; ids, values and the server's own texts stay out.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote

import orjson

from adapters.network import Answer
from adapters.ports import (
    AddressRefused,
    Bundle,
    EhrBadAnswer,
    EhrError,
    EhrNotFound,
    EhrRefused,
    EhrUnavailable,
)

Json = dict[str, Any]

_TYPE = re.compile(r"[A-Z][A-Za-z]{2,63}")
_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")  # the id of FHIR R4
_PARAMETER = re.compile(r"[A-Za-z_][A-Za-z0-9_:.\-]{0,63}")
_QUERY_SAFE = "%/?:@!$&'()*+,;=-._~|"

_ISSUE_CODES = frozenset(
    {  # http://hl7.org/fhir/R4/valueset-issue-type.html
        *(
            "invalid",
            "structure",
            "required",
            "value",
            "invariant",
            "security",
            "login",
            "unknown",
            "expired",
        ),
        *(
            "forbidden",
            "suppressed",
            "processing",
            "not-supported",
            "duplicate",
            "multiple-matches",
            "not-found",
        ),
        *("deleted", "too-long", "code-invalid", "extension", "too-costly", "business-rule", "conflict"),
        *("transient", "lock-error", "no-store", "exception", "timeout", "incomplete", "throttled"),
        "informational",
    }
)
_REFUSALS: dict[int, tuple[type[EhrError], str]] = {
    401: (EhrRefused, "the access token is missing or no longer good"),
    403: (EhrRefused, "the access token does not reach this; check its scopes"),
    404: (EhrNotFound, "not there"),
    406: (EhrBadAnswer, "it does not offer application/fhir+json; check the base"),
    410: (EhrNotFound, "no longer there"),
    429: (EhrUnavailable, "it has too much to do"),
}


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a search."""

    matches: tuple[Json, ...]
    outcomes: tuple[Json, ...]
    following: str = ""
    """The address of the next page."""
    total: int | None = None
    counted: int = 0
    """Entries that count towards `total`."""
    gap: str = ""
    """Why this page does not hold all it should."""


@dataclass(frozen=True, slots=True)
class Query:
    """A search by type, its parameters ready for a URL or a form."""

    type: str
    parameters: str = field(repr=False)

    @property
    def masked(self) -> str:
        """Give the search without its values."""
        names = [part.partition("=")[0] for part in self.parameters.split("&") if part]
        shown = (name if _PARAMETER.fullmatch(name) else "…" for name in names)
        return f"{self.type}?{'&'.join(f'{name}=…' for name in shown)}" if names else self.type

    @property
    def counts_only(self) -> bool:
        """Tell whether entries were not asked for, so that their absence says nothing."""
        return any(part in {"_summary=count", "_count=0"} for part in self.parameters.split("&"))


def query(text: str) -> Query:
    """Read `Type?name=value`; what a URL cannot carry is encoded, what is encoded stays so."""
    kind, _, parameters = text.partition("?")
    if not _TYPE.fullmatch(kind):
        raise AddressRefused("a search is not of the form Type?name=value; correct its template")
    return Query(kind, quote(parameters, safe=_QUERY_SAFE))


def path(text: str) -> tuple[str, str]:
    """Read `Type/id`."""
    kind, _, name = text.partition("/")
    if not _TYPE.fullmatch(kind) or not _ID.fullmatch(name) or not name.strip("."):
        raise AddressRefused("a read is not of the form Type/id; correct its template")
    return kind, name


def resource(answer: Answer, what: str) -> Json:
    """Parse a resource out of a 200, or raise what the answer means."""
    if answer.status != 200:
        raise refusal(answer, what)
    document = _json(answer.body)
    if not isinstance(document, dict) or not isinstance(document.get("resourceType"), str):
        raise EhrBadAnswer(
            f"{what}: the answer is not FHIR JSON; check that the base is that of a FHIR server"
        )
    return document


def resource_of(answer: Answer, kind: str, what: str) -> Json:
    """Parse a resource of this type; an OperationOutcome in a 200 is told by its issue codes."""
    document = resource(answer, what)
    if document["resourceType"] == "OperationOutcome" and kind != "OperationOutcome":
        raise EhrBadAnswer(
            f"{what}: answered with an OperationOutcome{_issues(document)}", status=answer.status
        )
    if document["resourceType"] != kind:
        raise EhrBadAnswer(f"{what}: answered with a resource of another type", status=answer.status)
    return document


def refusal(answer: Answer, what: str) -> EhrError:
    """Name what a status other than 200 means."""
    status, document = answer.status, _json(answer.body)
    issues = _issues(document) if isinstance(document, dict) else ""
    kind, words = _REFUSALS.get(status, (EhrBadAnswer, "not the answer asked for"))
    if status >= 500:
        kind, words = EhrUnavailable, "the server failed"
    elif 300 <= status < 400:
        words = "it redirects, which is not followed; register the address it redirects to"
    return kind(f"{what}: {words} ({status}{issues})", status=status)


def _issues(document: Json) -> str:
    issues = document.get("issue")
    codes = (
        [item.get("code") for item in issues if isinstance(item, dict)] if isinstance(issues, list) else []
    )
    known = dict.fromkeys(code for code in codes if isinstance(code, str) and code in _ISSUE_CODES)
    return f", {', '.join(known)}" if known else ""


def _json(body: bytes) -> Any:
    # The error of orjson holds the document, so it must not become the context of ours.
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return None


def retry_after(answer: Answer, now: float) -> float | None:
    """Give the seconds a server asks to wait, from seconds or a date; None where it does not say."""
    text = answer.headers.get("retry-after", "").strip()
    if text.isdecimal() and len(text) < 10:
        return float(text)
    try:
        when = parsedate_to_datetime(text)
    except ValueError:
        return None
    return max(0.0, when.replace(tzinfo=when.tzinfo or UTC).timestamp() - now)


def page(answer: Answer, kind: str, what: str) -> Page:
    """Read one page of a search for resources of a type, with those it includes."""
    document = resource_of(answer, "Bundle", what)
    entries = document.get("entry", [])
    if document.get("type") != "searchset" or not isinstance(entries, list):
        raise EhrBadAnswer(f"{what}: answered with a Bundle that is no searchset", status=answer.status)
    held = [entry for entry in entries if _holds_resource(entry)]
    counts = Counter(entry["resource"]["resourceType"] for entry in held)
    if counts.keys() - {kind, "OperationOutcome"}:
        _check_matches(held, kind, what)
    found = [entry["resource"] for entry in held]
    outcomes = tuple(one for one in found if one["resourceType"] == "OperationOutcome")
    total = document.get("total")
    return Page(
        matches=tuple(one for one in found if one["resourceType"] != "OperationOutcome"),
        outcomes=outcomes,
        following=_next_link(document),
        total=total if isinstance(total, int) else None,
        counted=counts[kind],
        gap="an entry held no resource" if len(held) < len(entries) else _failure_in(outcomes),
    )


def _holds_resource(entry: Any) -> bool:
    found = entry.get("resource") if isinstance(entry, dict) else None
    return isinstance(found, dict) and isinstance(found.get("resourceType"), str)


def _check_matches(held: list[Json], kind: str, what: str) -> None:
    """Refuse a match of another type; what is included may be of any."""
    for entry in held:
        search = entry.get("search")
        matched = isinstance(search, dict) and search.get("mode") == "match"
        if matched and entry["resource"]["resourceType"] not in {kind, "OperationOutcome"}:
            raise EhrBadAnswer(f"{what}: a match is of another type than was searched for")


def _failure_in(outcomes: tuple[Json, ...]) -> str:
    for outcome in outcomes:
        issues = outcome.get("issue")
        for issue in issues if isinstance(issues, list) else ():
            if isinstance(issue, dict) and str(issue.get("severity")) in {"error", "fatal"}:
                return f"the server reported a failure among the entries{_issues(outcome)}"
    return ""


def _next_link(document: Json) -> str:
    links = document.get("link")
    for link in links if isinstance(links, list) else ():
        if isinstance(link, dict) and link.get("relation") == "next":
            return str(link.get("url", ""))
    return ""


def bundle(pages: Sequence[Page], asked: Query, why: str) -> Bundle:
    """Put pages together, each resource once; `why` says what ended the reading early."""
    gaps = [why, *(page.gap for page in pages), _shortfall(pages, asked) if not why else ""]
    told = "; ".join(dict.fromkeys(gap for gap in gaps if gap))
    return Bundle(
        resources=tuple(_unique(found for page in pages for found in page.matches)),
        complete=not told,
        outcomes=tuple(found for page in pages for found in page.outcomes),
        why_incomplete=told,
    )


def _shortfall(pages: Sequence[Page], asked: Query) -> str:
    """Say what is missing though nothing failed: pages past the cap, or fewer matches than were counted."""
    if pages[-1].following:
        return f"there are more than {len(pages)} pages"
    missing = (pages[0].total or 0) - sum(page.counted for page in pages)
    if missing > 0 and not asked.counts_only:
        return "the server counted more matches than it sent"
    return ""


def _unique(resources: Iterable[Json]) -> Iterator[Json]:
    """Leave out what came before with the same type, id and version; what has no id always stays."""
    seen: set[tuple[str, str, str]] = set()
    for found in resources:
        meta = found.get("meta")
        version = meta.get("versionId") if isinstance(meta, dict) else ""
        key = (found["resourceType"], str(found.get("id", "")), str(version))
        if not key[1] or key not in seen:
            seen.add(key)
            yield found
