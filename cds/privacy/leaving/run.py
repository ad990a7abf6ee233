"""One run: resources in, resources that may leave out, with the account of what was done to them."""

import secrets
from collections import OrderedDict
from collections.abc import Container, Iterable, Mapping
from itertools import chain
from typing import Any

from cds.fhir.types import said
from cds.privacy.known import Known
from cds.privacy.leaving import labels as security
from cds.privacy.leaving.afterwards import AFTERWARDS
from cds.privacy.leaving.days import year_of
from cds.privacy.leaving.manifest import Manifest, Refusal
from cds.privacy.leaving.people import ENVELOPES, People, Resource, Subjects, flattened
from cds.privacy.leaving.policy import Policy, Refused, Scrub, Shape, check
from cds.privacy.leaving.rules import load
from cds.privacy.leaving.state import REDACTED, State
from cds.privacy.leaving.voices import Voice
from cds.privacy.leaving.walking import Compiler
from cds.privacy.telling import known

DEEPEST = 8
"""Resources within resources; whatever lies deeper is no record."""
_MOST_VOICES = 256
_MOST_IDLE = 4


_IDLE: dict[Shape, list["Run"]] = {}
"""Closed runs, their rules compiled: to compile them takes longer than to transform a small bundle."""


class Run:
    """Transforms under one policy; tokens are consistent within it. Close it, so that its key is destroyed.

    The compiled rules are kept for the next run of the same shape; nothing else outlives `close`.
    """

    def __init__(self, shape: Shape) -> None:
        self._rules = load()
        self._state = State(shape, self._nested)
        self._tokens = self._state.tokens
        self._compiler = Compiler(self._rules, self._state)
        self._subjects = Subjects(self._rules, self._tokens)
        self._forget()

    @classmethod
    def begin(cls, policy: Policy, *, scrub: Scrub | None = None) -> "Run":
        """Return a run under a policy; raise `SettingsError` where it does not make sense."""
        shape = check(policy).shape
        try:
            run = _IDLE[shape].pop()
        except (KeyError, IndexError):
            run = cls(shape)
        run._policy = policy
        run._this_year = policy.now.year
        # The key of safe_harbor is nobody's: it is made here, and nothing of it is left after `close`.
        run._state.begin(policy, policy.key if policy.limited else secrets.token_bytes(32), scrub)
        return run

    def close(self) -> None:
        """Destroy the key and every name that was read."""
        self._forget()
        idle = _IDLE.setdefault(self._state.shape, [])
        if len(idle) < _MOST_IDLE:
            idle.append(self)

    def _forget(self) -> None:
        self._state.end()
        self._subjects.forget()
        self._voices: OrderedDict[str, Voice] = OrderedDict()
        self._telling: Mapping[str, list[Resource]] | None = None
        self._whose: dict[int, str] = {}
        self._people = People()
        self._policy: Policy | None = None
        self._this_year = 0
        self._depth = 0
        self._refused_within: list[Refusal] = []
        self._index = 0

    def together(self, resources: Iterable[Any]) -> tuple[list[dict[str, Any]], list[Refusal]]:
        """Transform resources that belong together: each text is scrubbed with the names in all of them."""
        items = list(resources)
        whole = list(flattened(items))
        self._subjects.learn(whole)
        self._telling = self._grouped(whole)
        self._voices.clear()
        made, refused = [], []
        for item in items:
            one, faults = self.one(item)
            refused += faults
            if one is not None:
                made.append(one)
        return made, refused

    def learn(self, resource: Any) -> None:
        """Read the names of a person or place ahead of the records that mention them."""
        if isinstance(resource, dict):
            self._people.learn(resource)

    def streamed(self, resource: Any) -> tuple[dict[str, Any] | None, list[Refusal]]:
        """Transform one resource of many with the names that were read until now."""
        if isinstance(resource, dict) and resource.get("resourceType") in ENVELOPES:
            index = self._index
            made, refused = self.together([resource])
            self._telling = None
            self._whose = {}
            self._voices.clear()
            self._subjects.forget()
            self._index = index + 1
            return (made[0] if made else None), refused
        self.learn(resource)
        names: list[Known] = []

        def names_of_notes() -> Known:
            if not names:
                patient = self._subjects.of(resource)
                names.append(known([*self._people.of(patient), *self._people.named_in(resource), resource]))
            return names[0]

        self._state.names_of_notes = names_of_notes
        try:
            return self.one(resource)
        finally:
            self._state.names_of_notes = None

    def one(self, resource: Any) -> tuple[dict[str, Any] | None, list[Refusal]]:
        """Transform one resource; return it, or None, and what was refused in it."""
        self._refused_within = []
        made = self._nested(resource)
        self._index += 1
        return made, self._refused_within

    def manifest(self) -> Manifest:
        """Return the account of what was done until now."""
        policy, ledger = self._policy, self._state.ledger
        if policy is None:
            raise RuntimeError("the run is closed")
        options: dict[str, Any] = {"texts": policy.texts, "narrative": policy.narrative, "zip3": policy.zip3}
        if policy.shift_weeks is not None:
            options["shift"] = "fixed"
        return Manifest(
            policy.profile,
            options,
            dict(ledger.kinds),
            tuple(ledger.rows()),
            dict(ledger.refused),
            dict(self._state.labels.spans),
        )

    def _nested(self, resource: Any) -> dict[str, Any] | None:
        """Walk a resource; what it holds walks here again, with a state of its own."""
        state = self._state
        before = state.marks, state.inner, state.voice, state.mime
        state.marks = 0
        self._depth += 1
        try:
            return self._walked(resource)
        except Refused as refusal:
            self._refuse(resource, str(refusal))
            return None
        except RecursionError:
            self._refuse(resource, "it is nested too deep")
            return None
        finally:
            self._depth -= 1
            state.marks, state.inner, state.voice, state.mime = before

    def _walked(self, resource: Any) -> dict[str, Any]:
        kind = resource.get("resourceType") if isinstance(resource, dict) else None
        if type(kind) is not str or kind not in self._rules.types:
            raise Refused("this type has no rules")
        if self._depth > DEEPEST:
            raise Refused("it lies too deep in other resources")
        state = self._state
        if "contained" in resource or state.inner:
            state.inner = _inner(resource, self._rules.types)
        patient = self._whose.get(id(resource))
        if patient is None:
            patient = self._subjects.of(resource)
        state.calendar.turn(patient)
        state.voice = self._voice(patient)
        if kind == "Patient":
            state.lived_until = year_of(resource.get("deceasedDateTime")) or self._this_year
        elif kind == "Binary":
            state.mime = str(resource.get("contentType"))
        made = self._made(resource, kind)
        if "contained" in resource:
            parts = self._contained(resource["contained"])
            if parts:
                made["contained"] = parts
        made["meta"] = security.meta(resource.get("meta"), state, labelled=True)
        state.ledger.kinds[kind] += 1
        return made

    def _made(self, resource: Resource, kind: str) -> dict[str, Any]:
        """Return the resource by its rules, its id as a token, without what is contained in it."""
        state = self._state
        made: dict[str, Any] = {"resourceType": kind}
        own = resource.get("id")
        if type(own) is str and own:
            made["id"] = self._tokens.own(kind, own)
        kept = self._compiler.type(kind)(resource)
        if kept:
            made.update(kept)
        if kind in AFTERWARDS:
            AFTERWARDS[kind](resource, made, state)
        return made

    def _contained(self, items: Any) -> list[dict[str, Any]]:
        """Return contained resources that have rules; FHIR gives them no labels and nothing within."""
        state = self._state
        slot = state.ledger.slot("contained", "dropped")
        parts = []
        for item in items if isinstance(items, list) else ():
            kind = item.get("resourceType") if isinstance(item, dict) else None
            local = state.inner.get(f"#{item.get('id')}") if isinstance(item, dict) else None
            if type(kind) is not str or kind not in self._rules.types or local is None:
                state.ledger.counts[slot] += 1
                state.marks |= REDACTED
                continue
            part = self._made({n: v for n, v in item.items() if n != "contained"}, kind)
            part["id"] = local[1:]
            meta = security.meta(item.get("meta"), state, labelled=False)
            parts.append({**part, "meta": meta} if meta else part)
        return parts

    def _refuse(self, resource: Any, reason: str) -> None:
        kind = said(resource.get("resourceType") if isinstance(resource, dict) else None)
        self._refused_within.append(Refusal(self._index, kind, reason))
        self._state.ledger.refused[f"{kind}: {reason}"] += 1

    def _grouped(self, whole: Iterable[Resource]) -> Mapping[str, list[Resource]]:
        """Return resources by patient; under the empty name what is of no patient in particular."""
        groups: dict[str, list[Resource]] = {"": []}
        for resource in whole:
            whose = self._whose[id(resource)] = self._subjects.of(resource)
            groups.setdefault(whose, []).append(resource)
        return groups

    def _voice(self, patient: str) -> Voice:
        if self._telling is not None and len(self._telling) <= 2:
            patient = ""  # one patient's record: everything is looked at with every name
        voice = self._voices.get(patient)
        if voice is None:
            if len(self._voices) >= _MOST_VOICES:
                self._voices.popitem(last=False)
            voice = self._voices[patient] = Voice(self._state.labels, lambda: self._told(patient))
        return voice

    def _told(self, patient: str) -> Iterable[Resource]:
        """Return what tells the names that belong to a patient's texts."""
        groups = self._telling
        if groups is None:
            return self._people.of(patient)
        if patient == "":
            people = ("Patient", "RelatedPerson")
            return chain.from_iterable(
                group
                if len(groups) <= 2
                else (r for r in group if not name or r.get("resourceType") in people)
                for name, group in groups.items()
            )
        return [*groups.get(patient, ()), *groups[""]]


def _inner(resource: Resource, types: Container[str]) -> dict[str, str]:
    """Return the local names of what a resource contains, in order; their own may be anybody's."""
    items = resource.get("contained")
    found = {"#": "#"}
    for item in items if isinstance(items, list) else ():
        own, kind = (item.get("id"), item.get("resourceType")) if isinstance(item, dict) else (None, None)
        if isinstance(own, str) and own and isinstance(kind, str) and kind in types:
            found.setdefault(f"#{own}", f"#c{len(found)}")
    return {own: f"{local}-" if own == local and own != "#" else local for own, local in found.items()}
