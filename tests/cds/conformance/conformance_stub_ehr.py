"""How the stub gets its prefetch: from the call, else from the EHR, pages inside the same base only."""

import html
from collections.abc import Mapping
from typing import Any

import httpx2

MOST_PAGES = 5


class MissingError(Exception):
    """Raised when a prefetch key cannot be had; it names the key and how it was tried."""


class Prefetch:
    def __init__(self, http: httpx2.Client, defects: frozenset[str]) -> None:
        self._http = http
        self._has = defects.__contains__

    def gather(self, body: Mapping[str, Any], queries: Mapping[str, str]) -> dict[str, Any]:
        given = body.get("prefetch") or {}
        return {key: self._one(key, query, given, body) for key, query in queries.items()}

    def _one(self, key: str, query: str, given: Mapping[str, Any], body: Mapping[str, Any]) -> Any:
        if key in given and not (given[key] is None and self._has("refetches-null")):
            return self._whole(key, given[key], body)
        if "fhirServer" not in body or self._has("reads-prefetch-only"):
            raise MissingError(f"{key}: not in prefetch, no fhirServer")
        return self._whole(key, self._read(key, f"{body['fhirServer']}/{query}", body), body)

    def _whole(self, key: str, found: Any, body: Mapping[str, Any]) -> Any:
        if isinstance(found, dict) and found.get("resourceType") == "OperationOutcome":
            if self._has("outcome-as-data"):
                return None
            raise MissingError(f"{key}: an OperationOutcome")
        pages = 0
        base = body.get("fhirServer", "")
        while (url := _next(found)) and pages < self._most() and not self._has("ignores-pages"):
            if not url.startswith(f"{base}/") and not self._has("follows-foreign-pages"):
                raise MissingError(f"{key}: the next page is on another origin")
            page = self._read(key, url, body)
            found = page | {"entry": found.get("entry", []) + page.get("entry", [])}
            pages += 1
        return found

    def _most(self) -> int:
        return 250 if self._has("reads-endless-pages") else MOST_PAGES

    def _read(self, key: str, url: str, body: Mapping[str, Any]) -> dict[str, Any]:
        granted = body.get("fhirAuthorization")
        headers = {"Authorization": f"Bearer {granted['access_token']}"} if granted else {}
        if self._has("fetches-without-token"):
            headers = {}
        if self._has("sends-own-token") and not granted:
            headers = {"Authorization": "Bearer own-token"}
        try:
            answer = self._http.get(url, headers=headers, timeout=10 if self._has("waits-for-ehr") else 0.15)
            found = answer.json()
        except (httpx2.HTTPError, ValueError) as failure:
            raise MissingError(f"{key}: {type(failure).__name__}") from failure
        if answer.status_code != 200:
            raise MissingError(f"{key}: the EHR answered {answer.status_code}")
        return found


def texts(bundle: Any, *, raw: bool) -> list[str]:
    """Return the texts of the coded resources in a Bundle, harmless in Markdown unless raw."""
    entries = bundle.get("entry", []) if bundle else []
    found = [entry["resource"].get("code", {}).get("text", "unnamed") for entry in entries]
    return found if raw else [html.escape(text) for text in found]


def _next(found: Any) -> str | None:
    links = found.get("link", []) if isinstance(found, dict) else []
    return next((link["url"] for link in links if link["relation"] == "next"), None)
