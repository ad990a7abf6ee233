"""`POST /fhir/$de-identify`: a Bundle or Parameters as they may leave, by the library that the command uses.

A Bundle is answered with a Bundle; profile and options stand in the query. Parameters hold them beside any
number of `resource`s and are answered with Parameters, a `manifest` among them. Role `admin`; audited first.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
from flask import Blueprint, Response, current_app, request
from flask.blueprints import BlueprintSetupState

from adapters.ports import TokenRow
from cds.errors import BadRequest, CdsError, TooLarge
from cds.hooks.call import parse_json
from cds.privacy import vault
from cds.privacy.leaving import Leaving, Policy, transform
from cds.privacy.leaving.policy import NARRATIVES, PROFILES, TEXTS, Keep
from cds.web.access import Access
from cds.web.context import json_body, parts
from cds.web.failures import outcome

blueprint = Blueprint("deidentify", __name__, url_prefix="/fhir")

FHIR = "application/fhir+json"
REFUSED = "X-Clinicards-Refused"
"""How many resources were refused; which ones and why stands in the manifest."""

_ACCESS = "clinicards-deidentify-access"
_OPTIONS = ("profile", "texts", "narrative", "zip3")
_FLAGS: Mapping[str, bool] = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a request asks for."""

    resources: list[Any]
    options: Mapping[str, str]
    in_parameters: bool


@blueprint.record_once
def _guard(state: BlueprintSetupState) -> None:
    """Give the application its memory of failed and proved tokens."""
    state.app.extensions[_ACCESS] = Access(parts)


@blueprint.errorhandler(CdsError)
def refused(error: CdsError) -> Response:
    """Answer an error as an OperationOutcome; who is not known learns nothing more."""
    issues = outcome(error)
    response = Response(orjson.dumps(issues), status=error.status, content_type=FHIR)
    if error.status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    if (seconds := getattr(error, "retry_after", None)) is not None:
        response.headers["Retry-After"] = str(seconds)
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.post("/$de-identify")
def deidentify() -> Response:
    """Answer with what may leave of the body."""
    access: Access = current_app.extensions[_ACCESS]
    who = access.caller("admin")
    asked = _asked()
    pairs: dict[str, str] = {}
    policy = _policy(asked.options, pairs.__setitem__)
    left = transform(asked.resources, policy)
    _record(who, left)
    _keep(pairs)
    if not asked.in_parameters and not left.resources:
        raise BadRequest(f"the bundle is refused: {left.refused[0].reason}")
    body = _parameters(left) if asked.in_parameters else left.resources[0]
    response = Response(orjson.dumps(body), content_type=FHIR)
    response.headers["Cache-Control"] = "no-store"
    response.headers[REFUSED] = str(len(left.refused))
    return response


def _asked() -> _Asked:
    """Return what the request asks for; raise `BadRequest` naming the member that does not fit."""
    limits = parts().snapshot.limits
    body = parse_json(json_body(limit=limits.body_bytes), limits=limits)
    kind = body.get("resourceType") if isinstance(body, dict) else None
    query = {name: request.args[name] for name in request.args if name in _OPTIONS}
    if len(query) != len(request.args):
        raise BadRequest(f"known in the query are {', '.join(_OPTIONS)}")
    if kind == "Bundle":
        _count(body.get("entry"), limits.entries)
        return _Asked([body], query, in_parameters=False)
    if kind == "Parameters":
        return _from_parameters(body.get("parameter"), query, limits.entries)
    raise BadRequest("send a Bundle, or Parameters with `resource`", pointer="/resourceType")


def _from_parameters(items: Any, query: Mapping[str, str], most: int) -> _Asked:
    _count(items, most)
    resources, options = [], dict(query)
    for at, item in enumerate(items if isinstance(items, list) else ()):
        name = item.get("name") if isinstance(item, dict) else None
        if name == "resource" and isinstance(item.get("resource"), dict):
            resources.append(item["resource"])
        elif name in _OPTIONS:
            options[name] = _value(item, f"/parameter/{at}")
        else:
            raise BadRequest(f"known are `resource`, {', '.join(_OPTIONS)}", pointer=f"/parameter/{at}")
    if not resources:
        raise BadRequest("there is no parameter `resource`", pointer="/parameter")
    return _Asked(resources, options, in_parameters=True)


def _value(item: Mapping[str, Any], pointer: str) -> str:
    for name in ("valueCode", "valueString", "valueBoolean"):
        value = item.get(name)
        if isinstance(value, bool):
            return str(value).lower()
        if isinstance(value, str):
            return value
    raise BadRequest("give the option as valueCode, valueString or valueBoolean", pointer=pointer)


def _count(items: Any, most: int) -> None:
    if isinstance(items, list) and len(items) > most:
        raise TooLarge(f"there are more than {most} entries; send less or raise limits.entries")


def _policy(options: Mapping[str, str], keep: Keep) -> Policy:
    """Return the policy that is asked for; what makes no sense is the caller's error, not ours."""
    here = parts()
    profile = options.get("profile", "safe_harbor")
    zip3 = _FLAGS.get(options.get("zip3", "false"))
    if zip3 is None:
        raise BadRequest("zip3 is true or false")
    if fault := _fault(options):
        raise BadRequest(fault)
    tenant = here.settings.tenant
    key = here.keys.derive("pseudonyms", tenant) if profile == "limited" else b""
    return Policy(
        profile,
        datetime.fromtimestamp(here.clock.now(), UTC),
        key=key,
        tenant=tenant,
        texts=options.get("texts", "scrub"),
        narrative=options.get("narrative", "drop"),
        zip3=zip3,
        keep=keep if profile == "limited" and here.snapshot.document.privacy.keep_pseudonyms else None,
    )


def _fault(options: Mapping[str, str]) -> str:
    for name, words in (("profile", PROFILES), ("texts", TEXTS), ("narrative", NARRATIVES)):
        if options.get(name, words[0]) not in words:
            return f"{name} is one of {', '.join(words)}"
    if options.get("narrative") == "clean" and options.get("texts") == "drop":
        return "a narrative is cleaned as text: choose texts = scrub with it"
    return ""


def _record(who: TokenRow, left: Leaving) -> None:
    """Keep in the audit who had how much transformed; nothing of it leaves before."""
    parts().recorder.record(
        "de-identify",
        {
            "actor": f"{who.name} (token {who.id})",
            "profile": left.manifest.profile,
            "resources": sum(left.manifest.resources.values()),
            "refused": len(left.refused),
        },
    )


def _keep(pairs: Mapping[str, str]) -> None:
    """Keep, sealed and for the configured time, what pseudonyms stand for, where the site wants that."""
    here = parts()
    if pairs:
        now = here.clock.now()
        expires = now + here.snapshot.document.privacy.keep_pseudonyms_days * 86_400
        vault.keep(here.store, here.keys, here.settings.tenant, pairs.items(), expires=expires, now=now)


def _parameters(left: Leaving) -> dict[str, Any]:
    manifest = orjson.dumps(left.manifest.as_dict()).decode()
    return {
        "resourceType": "Parameters",
        "parameter": [
            *({"name": "resource", "resource": resource} for resource in left.resources),
            {"name": "manifest", "valueString": manifest},
        ],
    }
