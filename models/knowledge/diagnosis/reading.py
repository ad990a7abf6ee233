"""Rows from parsed TOML. Unknown keys are errors, and a row without a source is refused."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, get_args

from models.knowledge.diagnosis.rows import (
    BAND_SHARES,
    BANDS,
    KINDS,
    URGENCIES,
    Condition,
    Finding,
    Investigation,
    Kind,
    KnowledgeError,
    Measure,
    Neighbour,
    Setting,
    Sex,
    Urgency,
    Variation,
)

Table = Mapping[str, Any]
ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_BAND_INDEX = {name: i for i, name in enumerate(BANDS)}
_SEXES: Mapping[str, Sex] = {"f": "female", "m": "male"}
_SETTINGS: tuple[Setting, ...] = get_args(Setting)
_LEAST_AGE = 0.0005
"""No age is impossible in a record: a band written as 0 keeps this share of the mean."""
_FINDING_KEYS = frozenset(
    [
        "name",
        "is",
        "excludes",
        "base",
        "base_at",
        "ask",
        "say",
        "hpo",
        "icd10",
        "loinc",
        "unit",
        "above",
        "below",
        "by_age",
    ]
)
_CONDITION_KEYS = frozenset(
    [
        "field",
        "name",
        "also",
        "icd10",
        "rate",
        "ages",
        "female",
        "pregnant",
        "onset",
        "course",
        "urgency",
        "raised",
        "findings",
        "varies",
        "risks",
        "apart",
        "tests",
        "source",
    ]
)
_CONDITION_NEEDS = (
    "name",
    "also",
    "icd10",
    "rate",
    "ages",
    "female",
    "onset",
    "course",
    "urgency",
    "findings",
    "apart",
    "tests",
    "source",
)


def read_findings(place: str, document: Table) -> Iterable[Finding]:
    """Yield the findings of one file; raise `KnowledgeError` naming the row that is not of its form."""
    source = str(document.get("source", "")).strip()
    if not source:
        raise KnowledgeError(f"{place}: `source` is needed at the top of the file and is not there")
    for kind, table in document.items():
        if kind == "source":
            continue
        if kind not in KINDS:
            raise KnowledgeError(f"{place}: unknown table {kind!r}; known are {', '.join(KINDS)}")
        for name, row in table.items():
            yield _finding(f"{place}: {name}", id=name, kind=kind, row=row, source=source)


def _finding(where: str, *, id: str, kind: Kind, row: Table, source: str) -> Finding:
    _keys(where, row, _FINDING_KEYS, ("base", "ask", "say"))
    if not ID.fullmatch(id):
        raise KnowledgeError(f"{where}: an id is words in small letters joined by hyphens")
    return Finding(
        id=id,
        name=row.get("name") or id.replace("-", " ").capitalize(),
        kind=kind,
        ask=row["ask"],
        base=row["base"],
        wordings=_list(row["say"], ";"),
        source=source,
        place=where,
        parents=tuple(row.get("is", "").split()),
        excludes=tuple(row.get("excludes", "").split()),
        base_at=_by_band(where, row.get("base_at", {})),
        hpo=row.get("hpo"),
        icd10=tuple(row.get("icd10", "").split()),
        measure=_measure(where, row),
    )


def _measure(where: str, row: Table) -> Measure | None:
    if "loinc" not in row:
        return None
    if "above" in row and "below" in row:
        raise KnowledgeError(f"{where}: a threshold is `above` or `below`, not both")
    return Measure(
        loinc=tuple(row["loinc"].split()),
        unit=row.get("unit", ""),
        above=row.get("above"),
        below=row.get("below"),
        by_age=_by_band(where, row.get("by_age", {})),
    )


def read_conditions(place: str, document: Table) -> Iterable[Condition]:
    """Yield the conditions of one file; raise `KnowledgeError` naming the row that is not of its form."""
    if not str(document.get("field", "")).strip():
        raise KnowledgeError(f"{place}: `field` is needed at the top of the file and is not there")
    for name, row in document.items():
        if name != "field":
            yield _condition(f"{place}: {name}", id=name, row=row, field=document["field"])


def _condition(where: str, *, id: str, row: Table, field: str) -> Condition:
    _keys(where, row, _CONDITION_KEYS, _CONDITION_NEEDS)
    if not ID.fullmatch(id):
        raise KnowledgeError(f"{where}: an id is words in small letters joined by hyphens")
    if row["urgency"] not in URGENCIES:
        raise KnowledgeError(f"{where}: `urgency` is one of {', '.join(URGENCIES)}")
    if row.get("pregnant", "only") != "only":
        raise KnowledgeError(f'{where}: `pregnant` is "only" or left out')
    return Condition(
        id=id,
        name=row["name"],
        field=row.get("field", field),
        synonyms=_list(row["also"], ";"),
        icd10=tuple(row["icd10"].split()),
        rates=dict(zip(_SETTINGS, _numbers(where, "rate", row["rate"], len(_SETTINGS)), strict=True)),
        ages=_ages(where, row["ages"]),
        female=row["female"],
        onset=tuple(row["onset"].split()),
        course=tuple(row["course"].split()),
        urgency=row["urgency"],
        raised=_raised(where, row.get("raised", "")),
        frequencies=_frequencies(where, row["findings"]),
        variations=tuple(_variation(where, part) for part in _list(row.get("varies", ""), ";")),
        risks=dict(_weighted(where, part) for part in _list(row.get("risks", ""), ",")),
        neighbours=_neighbours(row["apart"]),
        tests=_list(row["tests"], ","),
        source=row["source"].strip(),
        place=where,
        pregnant_only="pregnant" in row,
    )


def read_investigations(place: str, document: Table) -> Iterable[Investigation]:
    """Yield the investigations of one file."""
    for name, row in document.items():
        where = f"{place}: {name}"
        if isinstance(row, str):
            yield Investigation(name, row)
            continue
        _keys(where, row, frozenset(("name", "loinc")), ("name",))
        yield Investigation(name, row["name"], tuple(row.get("loinc", "").split()))


def _keys(where: str, row: Table, known: frozenset[str], needed: Iterable[str]) -> None:
    unknown = sorted(set(row) - known)
    if unknown:
        raise KnowledgeError(f"{where}: unknown key {unknown[0]!r}; known are {', '.join(sorted(known))}")
    for key in needed:
        if row.get(key) is None or (isinstance(row[key], str) and not row[key].strip()):
            raise KnowledgeError(f"{where}: `{key}` is needed and is not there")


def _list(text: str, separator: str) -> tuple[str, ...]:
    return tuple(part for raw in text.split(separator) if (part := raw.strip()))


def _numbers(where: str, key: str, values: list[float], count: int) -> list[float]:
    if len(values) != count or any(v < 0 for v in values):
        raise KnowledgeError(f"{where}: `{key}` needs {count} numbers of 0 or more")
    return values


def _ages(where: str, values: list[float]) -> tuple[float, ...]:
    shape = _numbers(where, "ages", values, len(BANDS))
    mean = sum(share * v for share, v in zip(BAND_SHARES, shape, strict=True))
    if not mean:
        raise KnowledgeError(f"{where}: `ages` needs one number above 0")
    return tuple(max(v / mean, _LEAST_AGE) for v in shape)


def _by_band(where: str, table: Table) -> Mapping[int, float]:
    return {_band(where, name): value for name, value in table.items()}


def _band(where: str, name: str) -> int:
    if name not in _BAND_INDEX:
        raise KnowledgeError(f"{where}: unknown age band {name!r}; known are {', '.join(BANDS)}")
    return _BAND_INDEX[name]


def _raised(where: str, text: str) -> Mapping[Urgency, tuple[str, ...]]:
    found: dict[Urgency, tuple[str, ...]] = {}
    for part in _list(text, ";"):
        level, _, names = part.partition(":")
        known = next((u for u in URGENCIES if u == level.strip()), None)
        if known is None:
            raise KnowledgeError(
                f"{where}: `raised` names an urgency of {', '.join(URGENCIES)}, then a colon"
            )
        found[known] = (*found.get(known, ()), *_list(names, ","))
    return found


def _frequencies(where: str, text: str) -> Mapping[str, float]:
    found: dict[str, float] = {}
    for line in text.strip().splitlines():
        number, _, names = line.strip().partition(" ")
        for name in _list(names, ","):
            if name in found:
                raise KnowledgeError(f"{where}: {name} stands twice among the findings")
            found[name] = _float(where, number)
    return found


def _variation(where: str, text: str) -> Variation:
    parts = text.split()
    if len(parts) != 3:
        raise KnowledgeError(f"{where}: a variation is a finding, an age band or f or m, and a frequency")
    finding, whom, number = parts
    if whom in _SEXES:
        return Variation(finding, _float(where, number), sex=_SEXES[whom])
    return Variation(finding, _float(where, number), band=_band(where, whom))


def _weighted(where: str, text: str) -> tuple[str, float]:
    name, _, number = text.strip().partition(" ")
    return name, _float(where, number)


def _neighbours(text: str) -> tuple[Neighbour, ...]:
    parts = (part for line in text.strip().splitlines() for part in _list(line, ";"))
    split = (part.partition(":") for part in parts)
    return tuple(Neighbour(name.strip(), telling.strip()) for name, _, telling in split)


def _float(where: str, text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise KnowledgeError(f"{where}: {text!r} is not a number") from error
