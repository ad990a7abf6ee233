"""The encoder as it is served: weights of an ONNX file, run forward in numpy, equal to ONNX Runtime.

A set of findings, each present or absent, and the person attend to each other; what they come to scores
every condition. What is unknown is not in the set.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.diagnosis.onnx_weights import OnnxFile, read_onnx
from models.diagnosis.person import Person
from models.diagnosis.scorer import Evidence
from models.knowledge.diagnosis import BANDS, band_of
from models.knowledge.diagnosis.rows import Sex

LONGEST = 48
"""How many findings are read at most."""
PEOPLE = len(BANDS) + 4
"""Nine age bands, age, female, male, emergency department."""
_TINY = 1e-5
Array = NDArray[np.float32]


@dataclass(frozen=True)
class Encoder:
    """Weights with the names of the findings and conditions that they were learned for."""

    weights: Mapping[str, Array]
    about: Mapping[str, Any]

    @cached_property
    def findings(self) -> Mapping[str, int]:
        """Return the place of each finding."""
        return {name: at for at, name in enumerate(self.about["findings"])}

    @property
    def conditions(self) -> tuple[str, ...]:
        """Return the conditions in the order of the scores."""
        return tuple(self.about["conditions"])

    def probabilities(self, person: Person, evidence: Evidence) -> Mapping[str, float]:
        """Return log-probabilities, calibrated, of the conditions that were learned."""
        people = describe(person.age_years, person.sex, emergency=person.setting == "emergency")
        raw = self.scores(self.tokens(evidence), people)
        top = raw.max()
        logs = raw - top - np.log(np.exp(raw - top).sum())
        return dict(zip(self.conditions, logs.tolist(), strict=True))

    def tokens(self, evidence: Evidence) -> NDArray[np.int64]:
        """Return what is known as numbers; findings that were not learned are left out."""
        own = [2 * self.findings[f] + 1 for f in sorted(evidence.present) if f in self.findings]
        own += [2 * self.findings[f] + 2 for f in sorted(evidence.absent) if f in self.findings]
        return np.array(own[:LONGEST], np.int64)

    def scores(self, tokens: NDArray[np.int64], people: Array) -> Array:
        """Return the calibrated score of each condition."""
        w = self.weights
        person = people @ w["person.weight"] + w["person.bias"]
        states: Array = np.concatenate([person[None], w["findings.weight"][tokens]])
        for at in range(int(self.about["layers"])):
            states = self._layer(states, f"layers.{at}.")
        both = np.concatenate([states[0], states.sum(axis=0) / 4])
        found: Array = _normal(both, w, "last") @ w["scores.weight"] + w["scores.bias"]
        return found / np.float32(self.about["temperature"])

    def _layer(self, states: Array, name: str) -> Array:
        w, heads = self.weights, int(self.about["heads"])
        count, width = states.shape
        asked = _normal(states, w, f"{name}before") @ w[f"{name}asked.weight"] + w[f"{name}asked.bias"]
        query, key, value = asked.reshape(count, 3, heads, -1).transpose(1, 2, 0, 3)
        scores = query @ key.transpose(0, 2, 1) / np.float32((width // heads) ** 0.5)
        shares = np.exp(scores - scores.max(axis=-1, keepdims=True))
        shares /= shares.sum(axis=-1, keepdims=True)
        heard = (shares @ value).transpose(1, 0, 2).reshape(count, width)
        states = states + heard @ w[f"{name}joined.weight"] + w[f"{name}joined.bias"]
        wide = _normal(states, w, f"{name}between") @ w[f"{name}wide.weight"] + w[f"{name}wide.bias"]
        found: Array = states + np.maximum(wide, 0) @ w[f"{name}back.weight"] + w[f"{name}back.bias"]
        return found


def describe(age_years: float, sex: Sex, *, emergency: bool) -> Array:
    """Return a person as numbers."""
    found: Array = np.zeros(PEOPLE, np.float32)
    found[band_of(age_years)] = 1
    found[len(BANDS) :] = (min(age_years, 100) / 50 - 1, sex == "female", sex == "male", emergency)
    return found


def encoder_of(data: bytes) -> Encoder:
    """Return the encoder that an ONNX file holds; raise `BadArtefact`."""
    file: OnnxFile = read_onnx(data)
    return Encoder(file.weights, json.loads(file.notes["about"]))


def _normal(states: Array, weights: Mapping[str, Array], name: str) -> Array:
    spread = states - states.mean(axis=-1, keepdims=True)
    scale = np.sqrt((spread * spread).mean(axis=-1, keepdims=True) + np.float32(_TINY))
    found: Array = spread / scale * weights[f"{name}.weight"] + weights[f"{name}.bias"]
    return found
