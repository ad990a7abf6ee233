"""The verdict on one candidate for one patient: what may be suggested, what only with care, what never.

The house's own rules (`models.recommender.house`) always apply. A full engine is handed in as a `Safety`;
where there is none, nothing is ever `ok`, since interactions were not fully checked.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, Protocol

from models.base import Document, ModelError
from models.medsafety.judge import judge
from models.medsafety.model import MedicationSafety
from models.medsafety.person import Person, Taken
from models.recommender.patient import is_code
from models.record import RXNORM, Code

Word = Literal["ok", "caution", "blocked"]
_RANK: Mapping[Word, int] = {"ok": 0, "caution": 1, "blocked": 2}
_LISTS = ("medications", "allergies", "conditions")
_CANDIDATE = "candidate"
NOT_CHECKED = "interactions not checked: no medication-safety engine is at hand"
_FOR_ENGINE = (
    *("medications", "allergies", "conditions", "labs", "age_years", "sex", "weight_kg", "height_cm"),
    *("pregnant", "gestational_age_weeks"),
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """A word with its reasons; `ok` has none."""

    verdict: Word
    reasons: tuple[str, ...] = ()
    rules: frozenset[str] = frozenset()
    """The rules of the engine that speak."""

    def joined(self, other: "Verdict") -> "Verdict":
        """Return the worse of two words with all reasons, the worse one's first."""
        first, second = (self, other) if _RANK[self.verdict] >= _RANK[other.verdict] else (other, self)
        reasons = tuple(dict.fromkeys((*first.reasons, *second.reasons)))
        return Verdict(first.verdict, reasons, self.rules | other.rules)

    def as_dict(self) -> dict[str, Any]:
        """Return the verdict as the record carries it."""
        return {"verdict": self.verdict, "reasons": list(self.reasons)}


OK = Verdict("ok")
UNCHECKED = Verdict("caution", (NOT_CHECKED,))


class Safety(Protocol):
    """What judges one candidate for the patient of a document."""

    def judge(self, rxcui: str, name: str, document: Document) -> Verdict:
        """Return the verdict on a candidate, by its RxNorm code and name."""
        ...


@dataclass(frozen=True)
class Unchecked:
    """Stands where there is no engine: nothing is known to be safe."""

    def judge(self, _rxcui: str, _name: str, _document: Document) -> Verdict:
        """Return `caution` with the reason that nothing was checked."""
        return UNCHECKED


@dataclass(frozen=True)
class EngineSafety:
    """The medication-safety model as a judge, over the record that it publishes.

    A critical alert blocks; any other, an item that was not checked or an engine that failed is caution.
    """

    run: Callable[[Document], Mapping[str, Any]]

    def judge(self, rxcui: str, name: str, document: Document) -> Verdict:
        """Return the engine's verdict on a draft of the candidate."""
        try:
            answer = self.run(_question(rxcui, name, document))
        except ModelError as error:
            return Verdict("caution", (f"not checked by the medication-safety engine: {error.message}",))
        return _read(answer)


@dataclass(frozen=True)
class PersonSafety:
    """The medication-safety rules as a judge of one person, read once for all candidates.

    A candidate is judged as a draft beside all that is taken and drafted.
    """

    engine: MedicationSafety
    person: Person

    def judge(self, rxcui: str, name: str, _document: Document) -> Verdict:
        """Return the verdict on a draft of the candidate, whose name may say product, dose and times."""
        drug = self.engine.resolver.resolve(name, (Code(RXNORM, rxcui),) if rxcui else ())
        draft = Taken(drug, "draft", ref=_CANDIDATE, text=name)
        beside = replace(self.person, drugs=(*self.person.drugs, draft))
        found = judge(beside, knowledge=self.engine.knowledge, terms=self.engine.terms, subjects=[draft])
        alerts = [
            {"rule": a.rule, "summary": f"{a.summary}. {a.action}", "severity": a.severity}
            for a in found.alerts
        ]
        unread = [{"item": one.item, "reason": one.reason} for one in found.not_checked]
        return _read({"alerts": alerts, "not_checked": unread})


def _question(rxcui: str, name: str, document: Document) -> dict[str, Any]:
    draft = {"text": name, **({"rxcui": rxcui} if rxcui else {})}
    own: dict[str, Any] = {key: document[key] for key in _FOR_ENGINE if document.get(key) is not None}
    for key in _LISTS:
        if key in own:
            own[key] = [_entry(one, key) for row in own[key] for one in _by_code(row)]
    if "labs" in own:
        own["labs"] = _newest(own["labs"])
    return {**own, "draft": [draft]}


def _by_code(row: Any) -> list[Any]:
    """Return an entry once for each of its codes: the engine's record has one code an entry."""
    if not isinstance(row, Mapping) or not row.get("codes"):
        return [row]
    first = {key: value for key, value in row.items() if key != "codes"}
    return [first, *({**first, **code} for code in row["codes"])]


def _entry(row: Any, key: str) -> dict[str, Any]:
    """Return an entry as the engine's record has it: objects only, one name for each age."""
    name = "rxcui" if key == "medications" else "code"
    given = {name if is_code(row.strip()) else "text": row.strip()} if isinstance(row, str) else dict(row)
    if key == "medications":
        given = {("rxcui" if k == "code" else k): v for k, v in given.items()}
        given.setdefault("text", "")
        given.setdefault("status", "active")
        if "days_ago" in given:
            given.setdefault("started_days_ago", given["days_ago"])
    if key == "conditions":
        given.setdefault("status", "resolved" if given.get("ended_days_ago") is not None else "active")
    return {k: v for k, v in given.items() if k not in _UNKNOWN_TO_ENGINE}


_UNKNOWN_TO_ENGINE = frozenset({"days_ago", "onset_days_ago"})


def _newest(labs: Mapping[str, Any]) -> dict[str, Any]:
    """Return one value for each code, the newest; the engine's record holds one."""
    found: dict[str, Any] = {}
    for code, rows in labs.items():
        if isinstance(rows, Mapping):
            found[code] = rows
        elif rows:
            found[code] = min(rows, key=lambda row: row.get("days_ago", 0) or 0)
    return found


def _read(answer: Mapping[str, Any]) -> Verdict:
    alerts = list(answer.get("alerts", ()))
    open_items = tuple(
        f"not checked: {row['item']}: {row['reason']}" for row in answer.get("not_checked", ())
    )
    reasons = (*(f"{alert['rule']}: {alert['summary']}" for alert in alerts), *open_items)
    rules = frozenset(str(alert["rule"]) for alert in alerts)
    if any(alert["severity"] == "critical" for alert in alerts):
        return Verdict("blocked", reasons, rules)
    return Verdict("caution", reasons, rules) if reasons else OK
