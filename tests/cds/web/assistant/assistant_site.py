"""The assistant over light parts made by hand, and a model that answers what a test wants."""

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from cds.hooks.call import BodyLimits
from cds.settings import Settings
from cds.web import context, failures, model_cards, pages
from cds.web.playground.routes import create_playground
from models.base import UnknownModel
from models.diagnosis.model import family
from models.registry import Registry

PATH = "/playground/assistant"
FIELDS = {"story": "He has a fever and a cough.", "age": "40", "sex": "male"}


@dataclass
class Recorder:
    """A model of one answer; `read` are the documents it was given."""

    answer: Any
    read: list[Any] = field(default_factory=list)
    name: str = "differential"
    version: str = "test"

    def schema(self) -> dict[str, Any]:
        return family.load("differential").schema()

    def card(self) -> dict[str, Any]:
        return {"traps": ["A trap."], "limits": ["A limit."]}

    def run(self, document: Any) -> dict[str, Any]:
        self.read.append(document)
        if isinstance(self.answer, Exception):
            raise self.answer
        return dict(self.answer)

    def names(self) -> tuple[str, ...]:
        return (self.name,)

    def load(self, name: str) -> "Recorder":
        if name != self.name:
            raise UnknownModel(name)
        return self


def nothing(**more: Any) -> dict[str, Any]:
    """Return an answer that says nothing, but for what a test adds."""
    return {
        "differential": [],
        "urgency": "routine",
        "red_flags": [],
        "understood": [],
        "ask_next": [],
        **more,
    }


def condition(name: str, probability: float, **weights: float) -> dict[str, Any]:
    """Return a row of a differential; findings that count against it are absent ones."""
    because = [{"finding": f.replace("_", "-"), "present": w > 0, "weight": w} for f, w in weights.items()]
    return {"condition": name, "icd10": ["X00"], "probability": probability, "because": because}


@dataclass
class AssistantSite:
    """An application with the playground in it."""

    model: Any = family
    mode: str = "demo"
    app: Flask = field(init=False)

    def __post_init__(self) -> None:
        settings = Settings(mode=self.mode, base_url="https://cds.example")
        self.parts = SimpleNamespace(
            settings=settings,
            demo=self.mode == "demo",
            models=Registry({"differential": self.model}),
            snapshot=SimpleNamespace(limits=BodyLimits(body_bytes=300_000)),
        )
        self.app = Flask("cds.web", static_folder=None)
        context.install(self.app, self)
        failures.install(self.app)
        for part in (pages.blueprint, model_cards.blueprint, create_playground(SimpleNamespace())):
            self.app.register_blueprint(part)

    @property
    def web(self) -> FlaskClient:
        """A browser without scripts and without cookies."""
        return self.app.test_client()

    def get(self, **given: Any) -> Any:
        return self.web.get(PATH, **given)

    def post(self, *, headers: Any = None, **fields: str) -> Any:
        return self.web.post(PATH, data=fields, headers=headers)

    def page(self, *, status: int = 200, **fields: str) -> str:
        answer = self.post(**fields)
        assert answer.status_code == status, answer.text[:2000]
        return str(answer.text)
