"""The application: one factory, a fresh app each time, the parts behind one reference."""

from typing import Any, Protocol

from flask import Flask, Response, request
from werkzeug.middleware.proxy_fix import ProxyFix

from cds.errors import Forbidden
from cds.parts import Parts
from cds.settings import LOOPBACK
from cds.web import admin_api, cors, deidentify_api, failures, health, hooks, inference, model_cards, pages
from cds.web.context import install


class Holder(Protocol):
    """What holds the parts of this moment; an admin change swaps them."""

    @property
    def parts(self) -> Parts:
        """The parts of now."""
        ...

    def reload(self) -> None:
        """Take the newest configuration now, without waiting for the watcher."""
        ...


class Application(Flask):
    """Flask that logs no traceback of its own: messages of exceptions may hold what came in."""

    def log_exception(self, exc_info: Any) -> None:
        """Log the type and place of what not even our own handler could answer."""
        failures.log.error("unanswered", error=exc_info[0].__name__, at=failures.places(exc_info[1]))


def create_app(holder: Holder) -> Flask:
    """Return the WSGI application of a service."""
    app = Application(__name__, static_folder=None)
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False  # an address that is not ours is no redirect to one that is
    install(app, holder)
    settings = holder.parts.settings
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    if settings.mode == "demo":
        app.before_request(_called_by_own_name)
    failures.install(app)
    app.register_blueprint(hooks.blueprint)
    app.register_blueprint(health.blueprint)
    app.register_blueprint(
        admin_api.blueprint(
            lambda: holder.parts, keep=holder.parts.recorder.publish, published=lambda _: holder.reload()
        )
    )
    for part in (pages.blueprint, inference.blueprint, model_cards.blueprint, deidentify_api.blueprint):
        app.register_blueprint(part)
    app.after_request(cors.allow)
    app.after_request(_harden)
    return app


def _called_by_own_name() -> None:
    """Raise where a demo is called by a name that is not this host's.

    It asks for no token, so a page elsewhere whose name was made to mean this host would be let in.
    """
    host = request.headers.get("Host", "")
    if host and cors.host_of(f"//{host}") not in LOOPBACK:
        raise Forbidden("a demo answers under the names of this host only: 127.0.0.1, localhost, [::1]")


def _harden(response: Response) -> Response:
    """Add the headers that every answer carries."""
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "no-referrer")
    if request.path.startswith(("/cds-services", "/v2")):
        response.headers.setdefault("Cache-Control", "no-store")
    return response
