"""Tables of rules as functions, compiled once per type and run: one look-up and one call for each member."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from cds.privacy.leaving.acting import ACTIONS
from cds.privacy.leaving.rules import Rule, Rules, Table, actions, rule
from cds.privacy.leaving.state import MASKED, REDACTED, Act, State, masked
from cds.privacy.leaving.strays import extensions, stray

REMOVED = "[REMOVED]"
"""Stands for a text that FHIR requires and that may not leave."""

_WORDS = "words:"
_OF_ANY_TYPE = ("Task.input.value", "Task.output.value", "@question.initial.value")
_Compiled = tuple[Act, int, int, str]
"""What is done, where it is counted kept and lost, and which mark stands where it is lost."""


class Compiler:
    """Makes the functions of one run; a shared table is made when it is first met, so that it may recur."""

    def __init__(self, rules: Rules, state: State) -> None:
        self._rules = rules
        self._state = state
        self._made: dict[str, Act] = {}
        state.extensions = self._extensions()

    def type(self, kind: str) -> Act:
        """Return the walk of a resource type; raise `KeyError` where it has no rules."""
        made = self._made.get(kind)
        if made is None:
            made = self._made[kind] = self.table(self._rules.types[kind], kind)
        return made

    def table(self, table: Table, path: str) -> Act:
        """Return the walk of an object with these members."""
        rules = {name: self._compiled(what, f"{path}.{name}") for name, what in self._members(table)}
        return walker(self._state, rules, stray(self._state, path, self._primitives(table)))

    def _members(self, table: Table) -> list[tuple[str, Any]]:
        members = [(n, w) for n, w in table.members.items() if n != "@also"]
        also = table.members.get("@also")
        if not isinstance(also, str):
            return members
        values = self._rules.shared[also.removesuffix("!")].members.items()
        return members + [(n, _needed(w) if also.endswith("!") else w) for n, w in values]

    def _primitives(self, table: Table) -> frozenset[str]:
        members = self._members(table)
        return frozenset(n for n, w in members if isinstance(w, Rule) and w.primitive and not _gone(w))

    def _compiled(self, what: "Rule | Table | str", path: str) -> _Compiled:
        ledger = self._state.ledger
        lost = ledger.slot(path, "dropped")
        if isinstance(what, Table):
            return self.table(what, path), ledger.slot(path, "kept"), lost, ""
        if isinstance(what, str):
            return self._shared(what), ledger.slot(path, "kept"), lost, ""
        mark = _mark(what, path) if _stands_masked(what) else ""
        act = ACTIONS[what.action](self._state, path, what)
        return act, ledger.slot(path, _said(what, limited=self._state.shape.limited)), lost, mark

    def _shared(self, name: str) -> Act:
        def walk(value: Any) -> Any:
            made = self._made.get(name)
            if made is None:
                made = self._made[name] = self.table(self._rules.shared[name], name)
            return made(value)

        return walk

    def _extensions(self) -> dict[str, Act]:
        profile = "limited" if self._state.shape.limited else "safe_harbor"
        return {
            url: self._extension(url, members)
            for url, members in self._rules.extensions.items()
            if profile in members.get("profiles", (profile,))
        }

    def _extension(self, url: str, members: Mapping[str, Any]) -> Act:
        """Return the walk of one extension; a nested one is known by its url within it."""
        inner = {n: self._extension(n, m) for n, m in members.get("extension", {}).items()}
        values = {n: rule(w, url) for n, w in members.items() if n not in {"extension", "profiles"}}
        acts = {n: ACTIONS[r.action](self._state, f"Extension({url})", r) for n, r in values.items()}

        def walk(value: Mapping[str, Any]) -> Any:
            kept = {n: made for n, act in acts.items() if n in value and (made := act(value[n])) is not None}
            nested = extensions(value.get("extension"), inner)
            if nested:
                kept["extension"] = nested
            return {"url": url, **kept} if kept else None

        return walk


def walker(state: State, rules: Mapping[str, _Compiled], strange: Callable[..., None]) -> Act:
    """Return the function that walks an object by its rules."""
    get, counts = rules.get, state.ledger.counts

    def walk(value: Any) -> Any:
        if type(value) is not dict:
            return None
        out: dict[str, Any] = {}
        for name, item in value.items():
            rule = get(name)
            if rule is None:
                strange(name, item, out)
            elif type(item) is list:
                _each(state, rule, name, item, out)
            elif item is not None:
                made = rule[0](item)
                if made is not None:
                    counts[rule[1]] += 1
                    out[name] = made
                else:
                    _lose(state, rule, name, out)
        return out or None

    return walk


def _each(state: State, rule: _Compiled, name: str, items: list[Any], out: dict[str, Any]) -> None:
    """Walk the items of a list; what is lost of it is counted, what is left stays in order."""
    made = [one for one in map(rule[0], items) if one is not None]
    if made:
        out[name] = made
        counts = state.ledger.counts
        counts[rule[1]] += len(made)
        if len(made) != len(items):
            counts[rule[2]] += len(items) - len(made)
            state.marks |= REDACTED
    elif items:
        state.ledger.counts[rule[2]] += len(items) - 1
        _lose(state, rule, name, out, many=True)


def _lose(state: State, rule: _Compiled, name: str, out: dict[str, Any], *, many: bool = False) -> None:
    """Count what is lost; where FHIR requires it, leave a mark in its place."""
    state.ledger.counts[rule[2]] += 1
    state.marks |= REDACTED
    if not rule[3]:
        return
    state.marks |= MASKED
    if rule[3].startswith(_WORDS):
        out[rule[3].removeprefix(_WORDS) or name] = REMOVED
    elif rule[3] == "primitive" and not many:
        out.setdefault(f"_{name}", masked())
    else:
        out[name] = [masked()] if many else masked()


def _mark(rule: Rule, path: str) -> str:
    """Return which mark stands where this is lost: words for a text, and for a value of any type."""
    if rule.action == "text":
        return _WORDS
    if path.startswith(_OF_ANY_TYPE):
        return f"{_WORDS}valueString"
    return "primitive" if rule.primitive else "element"


def _needed(what: "Rule | Table | str") -> "Rule | Table | str":
    """Return one of several values of which FHIR requires one (`@values!`)."""
    return replace(what, required=True) if isinstance(what, Rule) else what


def _gone(rule: Rule) -> bool:
    return bool(actions()[rule.action].get("gone"))


def _stands_masked(rule: Rule) -> bool:
    """Tell whether a mark stands where this is lost: FHIR requires it, or a reader would miss an instant."""
    return rule.required or rule.action == "instant"


_SAID = {
    "when": ("to the year", "shifted"),
    "instant": ("to the year", "shifted"),
    "period": ("to the year", "shifted"),
    "birth": ("to the year", "shifted"),
    "ref": ("token", "token"),
    "uid": ("token", "token"),
    "identifier": ("token", "token"),
    "text": ("scrubbed", "scrubbed"),
    "content": ("scrubbed", "scrubbed"),
    "narrative": ("scrubbed", "scrubbed"),
    "attachment": ("scrubbed", "scrubbed"),
    "payload": ("scrubbed", "scrubbed"),
    "address": ("state and country", "state and country"),
}


def _said(rule: Rule, *, limited: bool) -> str:
    """Return the word by which the manifest counts what an action keeps."""
    return _SAID.get(rule.action, ("kept", "kept"))[limited]
