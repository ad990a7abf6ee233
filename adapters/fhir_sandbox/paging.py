"""Pages of a search, and the next links each vendor writes."""

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from adapters.fhir_sandbox.outcomes import Refusal
from adapters.fhir_sandbox.query import Query
from adapters.fhir_sandbox.store import Entry
from adapters.fhir_sandbox.vendors import Vendor
from adapters.fhir_sandbox.wire import url

_MOST_KEPT = 1000  # searches whose pages are remembered; the oldest goes first

# The parameter that carries the opaque part of a next link.
TOKEN_NAMES = {"getpages": "_getpages", "page-context": "-pageContext", "session": "sessionID"}


@dataclass(frozen=True)
class Result:
    """All matches of a search, from which pages are cut."""

    query: Query
    matches: Sequence[Entry]
    path: str  # where the search was made, below the base
    patient_id: str | None = None  # the compartment the asking token was bound to


@dataclass(frozen=True)
class Page:
    """A stretch of a result; `offset` counts matches before it."""

    result: Result
    offset: int
    overlap: int = 0

    @property
    def entries(self) -> Sequence[Entry]:
        """Give the matches on this page, those repeated from the page before included."""
        return self.result.matches[max(0, self.offset - self.overlap) : self.end]

    @property
    def end(self) -> int:
        """Count the matches up to the end of this page."""
        return self.offset + self.result.query.count

    @property
    def is_last(self) -> bool:
        """Tell whether nothing follows."""
        return self.end >= len(self.result.matches)


@dataclass(frozen=True)
class _Kept:
    result: Result
    offset: int
    until: datetime


class Pages:
    """Remembers what opaque next links stand for, until they expire."""

    def __init__(self, vendor: Vendor) -> None:
        self._vendor = vendor
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, _Kept] = OrderedDict()

    def next_link(self, page: Page, *, base: str, now: datetime) -> str:
        """Write the link to the page after this one in the vendor's style."""
        query = page.result.query
        if self._vendor.paging == "offset":
            pairs = [pair for pair in query.used if pair[0] not in {"_offset", "_count"}]
            return url(
                base, page.result.path, [*pairs, ("_count", str(query.count)), ("_offset", str(page.end))]
            )
        token = self._keep(page, now)
        if self._vendor.paging == "getpages":
            return url(base, "", _getpages(token, page))
        path = page.result.path
        if self._vendor.paging == "page-context":
            return url(base, path, [*query.used, ("-pageContext", token), ("-pageDirection", "NEXT")])
        return url(base, path, [("sessionID", token)])

    def open(self, token: str, *, patient_id: str | None, now: datetime) -> Page:
        """Find the page behind an opaque token, or refuse as the vendor does once it is gone."""
        with self._lock:
            kept = self._kept.get(token)
        if kept is None or kept.until <= now:
            status = self._vendor.expired_page_status
            raise Refusal(status, "expired", "this page has expired; repeat the search", "expired-page")
        if kept.result.patient_id != patient_id:
            raise Refusal(403, "forbidden", "this page belongs to a search of another token", "forbidden")
        return Page(kept.result, kept.offset, self._vendor.page_overlap)

    def _keep(self, page: Page, now: datetime) -> str:
        token = str(uuid4())
        with self._lock:
            until = now + timedelta(seconds=self._vendor.page_seconds)
            self._kept[token] = _Kept(page.result, page.end, until)
            while len(self._kept) > _MOST_KEPT:
                self._kept.popitem(last=False)
        return token


def _getpages(token: str, page: Page) -> list[tuple[str, str]]:
    return [
        ("_getpages", token),
        ("_getpagesoffset", str(page.end)),
        ("_count", str(page.result.query.count)),
        ("_bundletype", "searchset"),
    ]
