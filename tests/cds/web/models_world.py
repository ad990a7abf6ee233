"""The web's models parts over light parts made by hand: models, a token store, a clock."""

import json
from dataclasses import dataclass, field
from types import SimpleNamespace

from flask import Flask

from adapters.ports import NotStored
from cds.hooks.call import BodyLimits
from cds.settings import Settings
from cds.trust.admin_tokens import new_token
from cds.web import context, failures, inference, model_cards, pages
from models.registry import Registry
from models.scores.model import family

NOW = 1_700_000_000.0


class Tokens:
    """A store that holds tokens only."""

    def __init__(self):
        self.rows = {}

    def add(self, role, *, days=10, now=NOW):
        text, row = new_token(role, role, days=days, now=now)
        self.rows[row.id] = row
        return text

    def token(self, tenant, id):
        if id not in self.rows:
            raise NotStored(id)
        return self.rows[id]


class Strangers:
    """Counts refusals."""

    count = 0

    def refused(self):
        self.count += 1


@dataclass
class World:
    """An application with the blueprints under test."""

    mode: str = "demo"
    families: dict = field(default_factory=lambda: {"scores": family})
    body_bytes: int = 100_000

    def __post_init__(self):
        self.store = Tokens()
        settings = Settings(mode=self.mode, base_url="https://cds.example")
        self.parts = SimpleNamespace(
            settings=settings,
            demo=self.mode == "demo",
            models=Registry(self.families),
            snapshot=SimpleNamespace(limits=BodyLimits(body_bytes=self.body_bytes)),
            store=self.store,
            clock=SimpleNamespace(now=lambda: NOW, monotonic=lambda: NOW),
            strangers=Strangers(),
        )
        app = Flask("cds.web", static_folder=None)
        context.install(app, self)
        failures.install(app)
        for part in (pages, inference, model_cards):
            app.register_blueprint(part.blueprint)
        self.client = app.test_client()

    def get(self, path, **given):
        return self.client.get(path, **given)

    def infer(self, model, body, *, version="", headers=None, address="127.0.0.1"):
        path = f"/v2/models/{model}{f'/versions/{version}' if version else ''}/infer"
        data = body if isinstance(body, bytes | str) else json.dumps(body)
        return self.client.post(
            path,
            data=data,
            content_type="application/json",
            headers=headers or {},
            environ_base={"REMOTE_ADDR": address},
        )


def records(*documents):
    """Return a request with these documents as elements of `record`."""
    data = [one if isinstance(one, str) else json.dumps(one) for one in documents]
    return {"inputs": [{"name": "record", "shape": [len(data)], "datatype": "BYTES", "data": data}]}


def results(response):
    """Return the documents of the output tensor."""
    [output] = response.get_json()["outputs"]
    assert output["name"] == "result"
    assert output["datatype"] == "BYTES"
    assert output["shape"] == [len(output["data"])]
    return [json.loads(text) for text in output["data"]]
