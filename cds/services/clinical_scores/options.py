"""What a site may set, and what is wrong with what it set."""

from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from itertools import pairwise
from typing import Any

from cds.services.clinical_scores.phrases import Level, words

DEFAULTS: Mapping[str, Any] = {
    "on": (),
    "off": (),
    "af_score": "cha2ds2-va",
    "kfre_region": "north_america",
    "pce": False,
    "pce_race": "",
    "push_from": {},
    "summary_card": True,
    "summary_rows": 12,
}
CHOICES: Mapping[str, tuple[str, ...]] = {
    "af_score": ("cha2ds2-va", "cha2ds2-vasc"),
    "kfre_region": ("north_america", "other"),
    "pce_race": ("", "white", "black", "other"),
}
_ROWS = (1, 40)


def for_models(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options as the score models know them."""
    on = tuple(options["on"]) + (("pce",) if options["pce"] else ())
    chosen = {"on": on, "off": tuple(options["off"])}
    chosen |= {name: options[name] for name in ("af_score", "kfre_region")}
    return chosen | ({"race": options["pce_race"]} if options["pce_race"] else {})


def check(options: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with these options, a line each naming option and fix."""
    unknown = [_unknown(name, DEFAULTS, "option") for name in options if name not in DEFAULTS]
    given = {**DEFAULTS, **options}
    checks: tuple[Callable[[Mapping[str, Any]], Iterable[str]], ...] = (
        _choices,
        _switches,
        _score_lists,
        _pce,
        _rows,
        _push_from,
    )
    return [*unknown, *(fault for one in checks for fault in one(given))]


def _unknown(name: str, known: Iterable[str], what: str) -> str:
    names = sorted(known)
    near = get_close_matches(str(name), names, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(names)}"
    return f"{name}: no such {what}; {hint}"


def _choices(given: Mapping[str, Any]) -> Iterable[str]:
    for name, allowed in CHOICES.items():
        if given[name] not in allowed:
            yield f"{name}: must be one of {', '.join(repr(value) for value in allowed)}"


def _switches(given: Mapping[str, Any]) -> Iterable[str]:
    for name in ("pce", "summary_card"):
        if not isinstance(given[name], bool):
            yield f"{name}: must be true or false"


def _score_lists(given: Mapping[str, Any]) -> Iterable[str]:
    for name in ("on", "off"):
        if not isinstance(given[name], list | tuple):
            yield f"{name}: must be a list of names of scores"
            continue
        for score in given[name]:
            if not isinstance(score, str):
                yield f"{name}: must hold names of scores and nothing else"
            elif score not in words().scores:
                yield f"{name}: {_unknown(score, words().scores, 'score')}"
        if name == "on" and "pce" in given["on"]:
            yield "on: pce is switched on by the option pce, which also wants pce_race"
    if isinstance(given["on"], list | tuple) and isinstance(given["off"], list | tuple):
        for score in sorted(set(map(str, given["on"])) & set(map(str, given["off"]))):
            yield f"off: {score} is switched on as well; take it out of one of the two"


def _pce(given: Mapping[str, Any]) -> Iterable[str]:
    if given["pce"] is True and not given["pce_race"]:
        yield "pce: the equations as published need pce_race (white, black or other) for the whole site"


def _rows(given: Mapping[str, Any]) -> Iterable[str]:
    rows, (low, high) = given["summary_rows"], _ROWS
    if isinstance(rows, bool) or not isinstance(rows, int) or not low <= rows <= high:
        yield f"summary_rows: must be a whole number from {low} to {high}"


def _push_from(given: Mapping[str, Any]) -> Iterable[str]:
    raised = given["push_from"]
    if not isinstance(raised, Mapping):
        yield "push_from: must be a table of topics, each with the value from which it has a card"
        return
    levels = {code: row.level for code, row in words().topics.items() if row.level is not None}
    sound: dict[str, float] = {}
    for code, value in raised.items():
        level = levels.get(code)
        if level is None:
            yield f"push_from: {_unknown(code, levels, 'topic with a level')}"
        elif isinstance(value, bool) or not isinstance(value, int | float):
            yield f"push_from.{code}: must be a number"
        elif value < level.at:
            yield f"push_from.{code}: may only be raised; the published level is {level.at:g}"
        else:
            sound[code] = float(value)
    yield from _order(levels, sound)


def _order(levels: Mapping[str, Level], raised: Mapping[str, float]) -> Iterable[str]:
    """Yield where a lower action level of a score would come after a higher one."""
    by_output: dict[tuple[str, str], list[str]] = {}
    for code, level in levels.items():
        by_output.setdefault((level.score, level.output), []).append(code)
    for codes in by_output.values():
        ranked = sorted(codes, key=lambda code: levels[code].at)
        for lower, higher in pairwise(ranked):
            if raised.get(lower, levels[lower].at) > raised.get(higher, levels[higher].at):
                yield f"push_from.{lower}: must not be above the level of {higher}"
