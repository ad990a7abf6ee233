"""What notes hold elsewhere: Binary resources of the EHR that attachments name by address."""

import concurrent.futures
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from adapters.ports import EhrError
from cds.fhir.documents import TYPES, addresses
from cds.hooks.prefetch import Clocked, Data, Reader

MOST = 12
"""Attachments that are fetched for one call, those of the newest notes first."""
_BINARY = re.compile(r"Binary/[A-Za-z0-9\-.]{1,64}\Z")


def with_attached(
    data: Data, keys: Iterable[str], *, reader: Reader | Callable[[], Reader], deadline: Clocked
) -> Data:
    """Return the data with the Binaries that the notes under these keys name, as far as they could be had.

    Only Binaries of the call's own FHIR server are read. What could not be had is missing: the note says so.
    """
    notes = [r for key in keys for r in data.parts[key].resources if r.get("resourceType") in TYPES]
    notes.sort(key=lambda r: str(r.get("date") or r.get("issued") or ""), reverse=True)
    wanted = list(dict.fromkeys(url for note in notes for url in addresses(note)[:1]))[:MOST]
    if not wanted:
        return data
    try:
        source = reader() if callable(reader) else reader
    except EhrError:
        return data
    paths = {url: path for url in wanted if (path := _path(url, source.access.base))}
    jobs = {
        url: source.pool.submit(source.ehr.read, source.access, path, timeout=deadline.left())
        for url, path in paths.items()
    }
    concurrent.futures.wait(jobs.values(), timeout=max(deadline.left(), 0))
    return replace(data, attached=dict(_had(jobs)))


def _path(url: str, base: str) -> str:
    """Return `Binary/id` of an address on this server, empty for any other."""
    own = url.removeprefix(base.rstrip("/") + "/") if base else url
    return own if _BINARY.match(own) else ""


def _had(
    jobs: Mapping[str, "concurrent.futures.Future[dict[str, Any]]"],
) -> Iterable[tuple[str, dict[str, Any]]]:
    for url, job in jobs.items():
        if not job.done():
            job.cancel()
            continue
        try:
            found = job.result()
        except EhrError:
            continue
        if found.get("resourceType") == "Binary":
            yield url, found
