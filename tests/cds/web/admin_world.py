"""A service with an admin API over it, its parts made by hand; the recorder, store and keys are real."""

from concurrent.futures import ThreadPoolExecutor

from flask import Flask

from adapters.keys_file import FileKeys
from adapters.store_sql import SqlStore
from cds.config import revisions
from cds.config.compiled import snapshot
from cds.config.document import load
from cds.parts import Parts
from cds.privacy.audit import AuditChain
from cds.privacy.recorder import Recorder
from cds.privacy.spool import Spool
from cds.settings import Settings
from cds.trust.admin_tokens import new_token
from cds.trust.pace import Pace, Strangers
from cds.web.admin_api import blueprint
from cds.web.problems import http_problem

DAY = 86_400.0
CONFIG = "/admin/api/v1/config"


class Clock:
    """A clock that a test moves."""

    def __init__(self):
        self.time = 1_700_000_000.0

    def now(self):
        return self.time

    def monotonic(self):
        return self.time


class Service:
    """An installed service with one option."""

    id, title, hooks, options = "clinical-scores", "Scores", ("patient-view",), {"warning_at": 10}

    def check_options(self, options):
        return [] if options["warning_at"] > 0 else ["warning_at must be above 0"]


class World:
    """A service's parts, made by hand, with an application over them."""

    def __init__(self, folder, **settings):
        self.clock = Clock()
        self.store = SqlStore(f"sqlite:///{folder / 's.sqlite'}", clock=self.clock)
        keys = FileKeys.create(folder / "keys.json", clock=self.clock)
        (folder / "spool").mkdir()
        self.audit_key = keys.derive("audit", "default")
        chain = AuditChain("w1", self.audit_key)
        self.recorder = Recorder(
            "default", self.store, Spool(folder / "spool", keys, "default"), chain, clock=self.clock
        )
        first = load({"texts": {"source_label": "Klinik"}})
        act = revisions.Act("seed", self.clock.now())
        revisions.seed(self.store, "default", first, act=act, keep=self.recorder.publish)
        self.told = []
        self.parts = Parts(
            settings=Settings(base_url="https://cds.example", data=folder, **settings),
            snapshot=snapshot(first, revision=1),
            services={"clinical-scores": Service()},
            models=None,
            gate=None,
            recorder=self.recorder,
            store=self.store,
            keys=keys,
            ehr=None,
            backend_token=None,
            pool=ThreadPoolExecutor(1),
            clock=self.clock,
            pace=Pace(self.clock.monotonic),
            strangers=Strangers(lambda *_: None, self.clock.now),
        )
        self.app = Flask("test")
        api = blueprint(lambda: self.parts, keep=self.recorder.publish, published=self.told.append)
        self.app.register_blueprint(api)
        self.app.register_error_handler(404, http_problem)
        self.app.register_error_handler(405, http_problem)
        self.admin, self.viewer = self.token("admin"), self.token("viewer")

    def token(self, role, *, days=90):
        text, row = new_token(f"{role} of ours", role, days=days, now=self.clock.now())
        self.store.add_token("default", row)
        return text

    def ask(self, method, path, *, token="admin", peer="127.0.0.1", headers=None, **more):
        chosen = {"admin": self.admin, "viewer": self.viewer}.get(token, token)
        sent = {**({"Authorization": f"Bearer {chosen}"} if chosen else {}), **(headers or {})}
        client = self.app.test_client()
        return client.open(path, method=method, headers=sent, environ_base={"REMOTE_ADDR": peer}, **more)

    def get(self, path, **more):
        return self.ask("GET", path, **more)

    def put(self, document, *, etag=None, **more):
        headers = {**({"If-Match": etag} if etag else {}), **more.pop("headers", {})}
        return self.ask("PUT", CONFIG, json=document, headers=headers, **more)

    def close(self):
        self.recorder.close()
        self.store.close()


def document(**more):
    """Return a document that fits."""
    return {"texts": {"source_label": "Klinik"}, **more}
