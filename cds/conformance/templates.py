"""A linter for the prefetch templates a service publishes, written apart from any service's own."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from cds.conformance.hook_table import HOOKS, USER_TOKENS

_TOKEN: Final = re.compile(r"\{\{(.*?)\}\}")
_FIELD: Final = re.compile(r"context\.([A-Za-z]\w*)")
_PATH: Final = re.compile(r"context(\.[A-Za-z]\w*){2,}")
_FHIRPATH: Final = re.compile(r"[%|()]")
_TYPE: Final = re.compile(r"[A-Z][A-Za-z]+")
_ID: Final = re.compile(r"[A-Za-z0-9\-.]{1,64}|\x00")
_PARAMETER: Final = re.compile(r"(_id|_lastUpdated|_tag|_security|_count|_sort|[a-z][A-Za-z0-9\-]*)")
_DATE_PREFIX: Final = re.compile(r"([a-z]{2})(?=\d{4}|\x00)")
_PREFIXES: Final = frozenset({"eq", "lt", "gt", "ge", "le"})
_DATES: Final = re.compile(r"date|time|period|issued|authored|_lastUpdated|onset", re.IGNORECASE)
# A token stands for one value of unknown text while the query around it is read.
_HOLE: Final = "\x00"


@dataclass(frozen=True, kw_only=True)
class Flaw:
    """What is wrong with a template, and the line of the checklist it breaks."""

    check: str
    message: str


def lint(template: str, *, hook: str) -> list[Flaw]:
    """List the flaws of one prefetch template published for one hook."""
    tokens = _TOKEN.findall(template)
    rest = _TOKEN.sub(_HOLE, template)
    flaws = [flaw for token in tokens for flaw in _token(token.strip(), hook=hook)]
    if "{" in rest or "}" in rest:
        return [*flaws, Flaw(check="C1", message="braces do not pair up as {{ and }}")]
    return [*flaws, *_query(rest)]


def _token(token: str, *, hook: str) -> Iterator[Flaw]:
    if token in USER_TOKENS:
        yield from _user_token(token, hook=hook)
    elif match := _FIELD.fullmatch(token):
        yield from _field(match[1], hook=hook)
    elif _FHIRPATH.search(token):
        yield Flaw(check="C4", message=f"{{{{{token}}}}} needs a client of CDS Hooks 3.0")
    elif _PATH.fullmatch(token):
        yield Flaw(check="C2", message=f"{{{{{token}}}}} reaches below the root of the context")
    else:
        yield Flaw(check="C1", message=f"{{{{{token}}}}} is neither context.<field> nor a user id token")


def _user_token(token: str, *, hook: str) -> Iterator[Flaw]:
    fields = HOOKS.get(hook)
    if fields is not None and not any(field.name == "userId" for field in fields):
        yield Flaw(check="C5", message=f"{{{{{token}}}}} on {hook}, whose context has no userId")


def _field(name: str, *, hook: str) -> Iterator[Flaw]:
    fields = HOOKS.get(hook)
    if fields is None:
        return
    field = next((field for field in fields if field.name == name), None)
    if field is None:
        yield Flaw(check="C5", message=f"context.{name} is no field of {hook}")
    elif not field.token:
        yield Flaw(check="C5", message=f"context.{name} of {hook} is not a prefetch token")
        if field.kind in {"bundle", "resource", "resources"}:
            yield Flaw(check="C2", message=f"context.{name} of {hook} is not primitive")


def _query(query: str) -> Iterator[Flaw]:
    path, mark, parameters = query.partition("?")
    if "://" in path or query.startswith("/"):
        yield _subset("the query must be relative to the FHIR base")
    elif re.search(r"\s", query):
        yield _subset("white space in the query")
    elif mark:
        yield from _search(path, parameters)
    elif path != _HOLE:
        yield from _read(path)


def _read(path: str) -> Iterator[Flaw]:
    kind, slash, instance = path.partition("/")
    if not slash or not _TYPE.fullmatch(kind) or not _ID.fullmatch(instance):
        yield _subset(f"{_shown(path)} is neither Type/id nor Type?search")


def _search(kind: str, parameters: str) -> Iterator[Flaw]:
    if not _TYPE.fullmatch(kind):
        yield _subset(f"a search needs a resource type, not {_shown(kind)}")
    for parameter in parameters.split("&"):
        name, equals, value = parameter.partition("=")
        if not equals or not value:
            yield _subset(f"{_shown(name)} has no value")
        elif name == "_maxresults":
            yield Flaw(check="C4", message="_maxresults needs a client of CDS Hooks 3.0")
        else:
            yield from _parameter(name, value)


def _parameter(name: str, value: str) -> Iterator[Flaw]:
    base, colon, modifier = name.partition(":")
    if not _PARAMETER.fullmatch(base):
        yield _subset(f"parameter {_shown(base)} is outside the restricted subset")
    if colon and modifier != "in":
        yield _subset(f"modifier :{modifier} is outside the restricted subset")
    if "$" in value:
        yield _subset(f"{base} uses a composite value")
    for part in value.split(","):
        prefix = _DATE_PREFIX.match(part) if _DATES.search(base) else None
        if prefix and prefix[1] not in _PREFIXES:
            yield _subset(f"date prefix {prefix[1]} is outside the restricted subset")


def _subset(message: str) -> Flaw:
    return Flaw(check="C3", message=message)


def _shown(text: str) -> str:
    return text.replace(_HOLE, "{{...}}")
