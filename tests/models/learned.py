"""A learned family made by hand: two versions of one model, a line through a point."""

import hashlib

from models.base import BadInput, UnknownModel
from models.registry import fetch
from models.scores.model import family as scores
from models.testing.schema import DRAFT

SLOPES = {"1.0": b"2.0", "2.0": b"2.5"}


def learned_card(version):
    """Return a complete card of a learned model, made from the scores' own texts."""
    card = {**scores.load("scores").card()}
    card.pop("models")
    digest = hashlib.sha256(SLOPES[version]).hexdigest()
    artefact = {"sha256": digest, "code": "tests", "data_licence": "CC0", "seed": 1}
    return {**card, "name": "risk/line", "title": "A line", "kind": "learned", "version": version,
            "artefact": artefact}  # fmt: skip


class Line:
    """A model that multiplies."""

    name = "risk/line"

    def __init__(self, version, slope):
        self.version = version
        self.slope = slope

    def schema(self):
        return {
            "$schema": DRAFT,
            "type": "object",
            "properties": {"id": {}, "x": {"type": "number", "minimum": 0, "maximum": 10}},
            "required": ["x"],
            "additionalProperties": False,
        }

    def run(self, document):
        if not isinstance(document, dict):
            raise BadInput("one JSON object is needed")
        extra = sorted(set(document) - {"id", "x"})
        if extra:
            raise BadInput("unknown", pointer=f"/{extra[0]}")
        x = document.get("x")
        if isinstance(x, bool) or not isinstance(x, int | float) or not 0 <= x <= 10:
            raise BadInput("a number from 0 to 10 is needed", pointer="/x")
        own = {"id": document["id"]} if "id" in document else {}
        return {**own, "value": x * self.slope, "version": self.version}

    def card(self):
        return learned_card(self.version)


class Lines:
    """The family: its artefacts are the slopes."""

    def __init__(self, slopes=None):
        self.slopes = dict(SLOPES if slopes is None else slopes)
        self.trained = []

    def names(self):
        return ("risk/line",)

    def versions(self, name):
        return sorted(self.slopes)

    def load(self, name):
        return self.load_version(name, max(self.slopes))

    def load_version(self, name, version):
        if version not in self.slopes:
            raise UnknownModel(f"no version {version}")
        expected = hashlib.sha256(SLOPES[version]).hexdigest()
        return Line(version, float(fetch(version, expected, read=self.slopes.__getitem__)))

    def train(self, name, *, data, seed):
        self.trained.append((name, data, seed))
        yield "epoch 1"
        yield "done"

    def evaluate(self, name, *, data):
        return {"model": name, "auroc": 0.5, "data": data}
