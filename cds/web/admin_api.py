"""The admin API's configuration: read, validated, compared, published and restored, as JSON over HTTP.

Every write names the revision it starts from (`If-Match`), so that nobody overwrites what they have not seen.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
from flask import Blueprint, Response, request
from werkzeug.exceptions import HTTPException

from adapters.ports import RevisionRow, StoreUnavailable, TokenRow
from cds.config import diff, revisions
from cds.config.checks import admit, examine
from cds.config.document import Fault, NotValid, dump
from cds.config.exchange import LARGEST, parse_json
from cds.config.revisions import Act, Keep
from cds.errors import BadRequest, CdsError, Forbidden, Precondition, Preconditioned, UnsupportedMedia
from cds.parts import Parts
from cds.plugins import version
from cds.privacy import vault
from cds.trust.admin_tokens import Role
from cds.web.access import Access
from cds.web.openapi import describe
from cds.web.problems import fault_json, http_problem, not_valid, problem

PREFIX = "/admin/api/v1"
MOST_REVISIONS = 200
MOST_MESSAGE = 500


def blueprint(
    parts: Callable[[], Parts],
    *,
    keep: Keep,
    access: Access | None = None,
    published: Callable[[int], None] = lambda _revision: None,
) -> Blueprint:
    """Return the API over the parts of the moment.

    `keep` stores a revision with its audit entry (`Recorder.publish`); `published` is told each new revision,
    so that this worker need not wait for its watcher.
    """
    api = Blueprint("admin_api", __name__, url_prefix=PREFIX)
    door = access or Access(parts)
    views = _Views(parts, keep, published)
    for rule, method, role, view in views.table():
        api.add_url_rule(rule, view.__name__, door.guarded(role, view), methods=[method])
    api.register_error_handler(CdsError, problem)
    api.register_error_handler(NotValid, lambda error: problem(not_valid(error)))
    api.register_error_handler(HTTPException, http_problem)
    api.after_request(_not_stored)
    return api


def etag(row: RevisionRow) -> str:
    """Return a revision's entity tag without its quotes."""
    return f"{row.id}-{row.sha256[:12]}"


View = Callable[..., Response]


@dataclass(frozen=True)
class _Views:
    """What is answered at each address; each view gets the caller's token first."""

    parts: Callable[[], Parts]
    keep: Keep
    published: Callable[[int], None]

    def table(self) -> tuple[tuple[str, str, Role, View], ...]:
        """Return address, method, the role it needs, and what answers."""
        return (
            ("/config", "GET", "viewer", self.config),
            ("/config", "PUT", "admin", self.put_config),
            ("/config:validate", "POST", "viewer", self.validate),
            ("/config/revisions", "GET", "viewer", self.history),
            ("/config/revisions/<int:id>", "GET", "viewer", self.revision),
            ("/config/revisions/<int:a>/diff/<int:b>", "GET", "viewer", self.diff),
            ("/config/revisions/<int:id>:restore", "POST", "admin", self.restore),
            ("/re-identify", "POST", "security", self.re_identify),
            ("/whoami", "GET", "viewer", self.whoami),
            ("/status", "GET", "viewer", self.status),
            ("/openapi.json", "GET", "viewer", self.openapi),
        )

    def config(self, _who: TokenRow) -> Response:
        """Answer with the document in force."""
        row = self._current()
        if request.if_none_match.contains_weak(etag(row)):
            return _tagged(Response(status=304), row)
        revisions.data_of(row)
        return _tagged(Response(row.document, content_type="application/json"), row)

    def put_config(self, who: TokenRow) -> Response:
        """Publish the document in the body."""
        parent = self._matched()
        document, warnings = admit(_body(), self.parts().services)
        row = revisions.publish(
            *self._place(), document, parent=parent.id, act=self._act(who), keep=self.keep
        )
        return self._written(row, parent, warnings)

    def restore(self, who: TokenRow, *, id: int) -> Response:
        """Publish an older revision's document again."""
        parent = self._matched()
        old = revisions.document_of(revisions.at(*self._place(), id=id))
        _, warnings = admit(dump(old), self.parts().services)
        row = revisions.restore(*self._place(), id=id, parent=parent.id, act=self._act(who), keep=self.keep)
        return self._written(row, parent, warnings)

    def validate(self, _who: TokenRow) -> Response:
        """Answer what there is to say about the document in the body, and what it would change."""
        data = _body()
        found = examine(data, self.parts().services)
        changed = []
        if not found.errors:
            document, _ = admit(data, self.parts().services)
            changed = diff.changes(revisions.data_of(self._current()), dump(document))
        return _json({
            "valid": not found.errors,
            "errors": [fault_json(fault) for fault in found.errors],
            "warnings": [fault_json(fault) for fault in found.warnings],
            "changes": [change.as_json() for change in changed],
        })  # fmt: skip

    def history(self, _who: TokenRow) -> Response:
        """Answer with revisions, newest first, a page at a time."""
        limit = _number("limit", 50, least=1, most=MOST_REVISIONS)
        before = _number("before", 0, least=1, most=2**53) if "before" in request.args else None
        rows = revisions.history(*self._place(), limit=limit + 1, before=before)
        page = rows[:limit]
        body: dict[str, Any] = {"revisions": [revisions.described(row) for row in page]}
        if len(rows) > limit:
            body["next"] = f"{PREFIX}/config/revisions?limit={limit}&before={page[-1].id}"
        return _json(body)

    def revision(self, _who: TokenRow, *, id: int) -> Response:
        """Answer with one revision and its document."""
        row = revisions.at(*self._place(), id=id)
        return _json({**revisions.described(row), "document": revisions.data_of(row)})

    def diff(self, _who: TokenRow, *, a: int, b: int) -> Response:
        """Answer with what changed from one revision to another."""
        old, new = (revisions.data_of(revisions.at(*self._place(), id=n)) for n in (a, b))
        return _json({
            "from": a,
            "to": b,
            "changes": [change.as_json() for change in diff.changes(old, new)],
            "text": diff.text(old, new, names=(f"revision {a}", f"revision {b}")),
        })  # fmt: skip

    def re_identify(self, who: TokenRow) -> Response:
        """Answer with what a kept pseudonym stands for, once it is entered who asked and why."""
        parts = self.parts()
        if not parts.settings.re_identify:
            raise Forbidden("re-identification is off here; `re_identify = true` in the settings opens it")
        asked = _asked(_body(), actor=_named(who))
        reference = vault.reidentify(
            asked,
            *(parts.store, parts.keys, parts.settings.tenant),
            now=parts.clock.now(),
            days=parts.snapshot.document.privacy.keep_reidentifications_days,
            record=parts.recorder.record,
        )
        return _json({"token": asked.token, "reference": reference})

    def whoami(self, who: TokenRow) -> Response:
        """Answer with what the caller's token is."""
        expires = datetime.fromtimestamp(who.expires, tz=UTC).isoformat(timespec="seconds")
        return _json({"id": who.id, "name": who.name, "role": who.role, "expires": expires})

    def status(self, _who: TokenRow) -> Response:
        """Answer with what is in force in this worker and whether its store can be written."""
        parts = self.parts()
        return _json({
            "version": version(),
            "mode": parts.settings.mode,
            "tenant": parts.settings.tenant,
            "revision": parts.snapshot.revision,
            "store": _store_state(parts),
            "services": [_service_state(parts, name) for name in sorted(parts.services)],
        })  # fmt: skip

    def openapi(self, _who: TokenRow) -> Response:
        """Answer with the description of this API."""
        return _json(describe(version()))

    def _place(self) -> tuple[Any, str]:
        parts = self.parts()
        return parts.store, parts.settings.tenant

    def _current(self) -> RevisionRow:
        return revisions.current(*self._place())

    def _matched(self) -> RevisionRow:
        """Return the newest revision where it is the one the caller has seen."""
        if not request.if_match or request.if_match.star_tag:
            raise Preconditioned("send If-Match with the ETag of GET /config, so that no change is lost")
        row = self._current()
        if etag(row) not in request.if_match:
            raise Precondition("the configuration is not the one in If-Match any more: read it again")
        return row

    def _act(self, who: TokenRow) -> Act:
        return Act(author=_named(who), time=self.parts().clock.now(), message=_message())

    def _written(self, row: RevisionRow, parent: RevisionRow, warnings: tuple[Fault, ...]) -> Response:
        changed = row.id != parent.id
        if changed:
            self.published(row.id)
        body = {"revision": revisions.described(row), "changed": changed}
        return _tagged(_json({**body, "warnings": [fault_json(fault) for fault in warnings]}), row)


def _named(who: TokenRow) -> str:
    return f"{who.name} (token {who.id})"


def _asked(data: Any, *, actor: str) -> vault.Asked:
    """Return who wants to know whom a pseudonym stands for, from the body of a request."""
    if not isinstance(data, dict) or data.keys() - {"token", "reason"}:
        raise BadRequest('send {"token": ..., "reason": ...}')
    for name in ("token", "reason"):
        if not isinstance(data.get(name), str):
            raise BadRequest(f"{name} is required and must be a string", pointer=f"/{name}")
    return vault.Asked(data["token"], data["reason"], actor)


def _service_state(parts: Parts, id: str) -> Mapping[str, Any]:
    config, service = parts.snapshot.service(id), parts.services[id]
    return {
        "id": id,
        "title": config.title or service.title,
        "enabled": config.enabled,
        "switched_off": config.switched_off,
        "rollout": config.rollout.mode,
        "hooks": list(service.hooks if config.hooks is None else config.hooks),
    }


def _store_state(parts: Parts) -> str:
    try:
        parts.store.check()
    except StoreUnavailable:
        return "unavailable"
    return "ok"


def _body() -> Any:
    """Return the JSON of the request's body."""
    if request.mimetype != "application/json":
        raise UnsupportedMedia("send the document as application/json")
    request.max_content_length = LARGEST
    return parse_json(request.get_data(cache=False))


def _message() -> str:
    """Return why something is changed, from the header or the query."""
    message = request.args.get("message", "") or _header_text(request.headers.get("X-Change-Message", ""))
    if len(message) > MOST_MESSAGE or not message.isprintable():
        raise BadRequest(f"the change message is one line of at most {MOST_MESSAGE} characters")
    return message.strip()


def _header_text(value: str) -> str:
    """Return a header's text: servers hand its bytes on as Latin-1, people write UTF-8."""
    try:
        return value.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return value


def _number(name: str, default: int, *, least: int, most: int) -> int:
    text = request.args.get(name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) < 17 and least <= int(text) <= most):
        raise BadRequest(f"{name} must be a whole number from {least} to {most}")
    return int(text)


def _json(body: Mapping[str, Any]) -> Response:
    return Response(orjson.dumps(body), content_type="application/json")


def _tagged(response: Response, row: RevisionRow) -> Response:
    response.set_etag(etag(row))
    return response


def _not_stored(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
