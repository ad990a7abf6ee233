"""Prefetch templates: what tokens they may hold, what queries they may ask, and how they are filled.

Spec: https://cds-hooks.hl7.org/2.0/#prefetch-template ("Prefetch tokens", "Prefetch query restrictions").
We publish only what a 2.0 client understands: root-level primitive tokens and the restricted query subset.
"""

import re
from collections.abc import Iterable, Mapping
from urllib.parse import parse_qsl, quote

from cds.errors import BadRequest
from cds.hooks.contexts import Context, definition

TOKEN = re.compile(r"\{\{(.*?)\}\}")
_CONTEXT_TOKEN = re.compile(r"context\.([A-Za-z][A-Za-z0-9]*)\Z")
_USER_TOKENS = {
    "userPractitionerId": "Practitioner",
    "userPractitionerRoleId": "PractitionerRole",
    "userPatientId": "Patient",
    "userRelatedPersonId": "RelatedPerson",
}
_INSTANCE = re.compile(r"[A-Z][A-Za-z]+/\{\{[^}]+\}\}\Z")
_SEARCH = re.compile(r"[A-Z][A-Za-z]+\?.+\Z")
_DATE_PARAMETERS = frozenset(
    {"date", "onset-date", "authoredon", "issued", "period", "birthdate", "_lastUpdated"}
)
_DATE_PREFIXES = ("eq", "lt", "gt", "ge", "le")
_CONTROLS = frozenset({"_count", "_sort"})
_NARROWING = frozenset(
    {"category", "code", "date", "_count", "encounter", "_id", "status", "clinical-status", "type"}
)


def lint(templates: Mapping[str, str], *, hooks: Iterable[str]) -> list[str]:
    """Return what is wrong with a service's templates, a line each with key and fix."""
    hooks = tuple(hooks)
    found = ["prefetch is empty; leave it out" for _ in (0,) if not templates]
    for key, template in templates.items():
        found += [f"{key}: {fault}" for fault in _faults(template, hooks)]
    return found


def _faults(template: str, hooks: tuple[str, ...]) -> list[str]:
    faults = [fault for token in TOKEN.findall(template) for fault in _token_faults(token.strip(), hooks)]
    bare = TOKEN.sub("x", template)
    if "{{" in bare or "}}" in bare:
        faults.append("unbalanced {{ }}")
    if _INSTANCE.match(template):
        return faults
    if not _SEARCH.match(template):
        return [*faults, "must be Type/{{token}} or Type?parameters"]
    return faults + _query_faults(bare)


def _token_faults(token: str, hooks: tuple[str, ...]) -> list[str]:
    if token in _USER_TOKENS:
        return []
    match = _CONTEXT_TOKEN.match(token)
    if match is None:
        return [f"{{{{{token}}}}} is not a root-level context field or user token"]
    faults = []
    for hook in hooks:
        rule = definition(hook).fields.get(match[1])
        if rule is None or not rule.token:
            faults.append(f"{{{{{token}}}}} is no prefetch token of {hook}")
    return faults


def _query_faults(bare: str) -> list[str]:
    kind, _, query = bare.partition("?")
    faults = []
    names = []
    for name, value in parse_qsl(query, keep_blank_values=True):
        base, _, modifier = name.partition(":")
        names.append(base)
        if modifier and modifier != "in":
            faults.append(f"modifier :{modifier} is outside the subset (only :in)")
        if base.startswith("_") and base not in _CONTROLS | {"_id", "_lastUpdated"}:
            faults.append(f"{base} is outside the subset")
        if base in _DATE_PARAMETERS and value[:2].isalpha() and not value.startswith(_DATE_PREFIXES):
            faults.append(f"date prefix {value[:2]} is outside the subset")
    if kind == "Observation" and not _NARROWING & set(names):
        faults.append("Observation without category, code, date or _count asks for everything")
    return faults


def fill(template: str, context: Context) -> str:
    """Return the query of a template for this context; raise `BadRequest` where a token has no value."""
    token = missing(template, context)
    if token:
        raise BadRequest(
            f"the prefetch template needs {token}, which this call does not have", pointer="/context"
        )

    def value(match: re.Match[str]) -> str:
        return quote(_token_value(match[1].strip(), context), safe="/-._~")

    return TOKEN.sub(value, template)


def missing(template: str, context: Context) -> str:
    """Return the first token of a template that this context has no value for, or an empty string."""
    tokens = (token.strip() for token in TOKEN.findall(template))
    return next((token for token in tokens if not _token_value(token, context)), "")


def _token_value(token: str, context: Context) -> str:
    wanted = _USER_TOKENS.get(token)
    if wanted is not None:
        return context.user_id if context.user_type == wanted else ""
    raw = context.raw.get(token.removeprefix("context."))
    return ",".join(map(str, raw)) if isinstance(raw, list) else str(raw or "")
