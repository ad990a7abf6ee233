"""What a Bundle says beside its resources: the names of its entries, its next page, its outcomes."""

from collections.abc import Iterable, Iterator
from typing import Any


def full_urls(bundles: Iterable[Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield (fullUrl, resource) of every entry of what are bundles among these."""
    for bundle in bundles:
        entries = bundle.get("entry") if isinstance(bundle, dict) else None
        for entry in entries if isinstance(entries, list) else ():
            if (
                isinstance(entry, dict)
                and isinstance(entry.get("fullUrl"), str)
                and isinstance(entry.get("resource"), dict)
            ):
                yield entry["fullUrl"], entry["resource"]


def harmless(outcome: dict[str, Any]) -> bool:
    """Tell whether an OperationOutcome among the entries only informs, as vendors add to searches."""
    issues = outcome.get("issue")
    if not isinstance(issues, list) or not issues:
        return False
    return all(isinstance(i, dict) and i.get("severity") in ("information", "warning") for i in issues)


def next_page(bundle: dict[str, Any]) -> str:
    """Return the address of the page after this one, or an empty string."""
    links = bundle.get("link")
    if not isinstance(links, list):
        return ""
    return next(
        (
            str(x["url"])
            for x in links
            if isinstance(x, dict) and x.get("relation") == "next" and x.get("url")
        ),
        "",
    )
