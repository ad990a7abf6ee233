"""Alerts as findings, so that a service can say them without knowing this package."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from models.base import Finding, Input, Source
from models.knowledge.drugs.knowledge import DrugKnowledge
from models.knowledge.drugs.rows import Override
from models.medsafety.alerts import Alert
from models.medsafety.judge import Judgement, NotChecked
from models.medsafety.person import Person, Taken
from models.medsafety.terms import Terms

NOT_CHECKED = "not-checked"
_PLACES = {"draft": "draft", "active": "active", "past": "ended"}


@dataclass(frozen=True)
class Teller:
    """Makes findings of alerts; `model` is `name@version`."""

    model: str
    knowledge: DrugKnowledge
    terms: Terms

    def findings(
        self, judgement: Judgement, person: Person, safe: Iterable[tuple[str, ...]]
    ) -> Iterator[Finding]:
        """Yield a finding for each alert (alternatives in `safe`), then one for each thing not checked."""
        by_ref = {taken.ref: taken for taken in person.drugs if taken.ref}
        for alert, alternatives in zip(judgement.alerts, safe, strict=True):
            yield self._alert(alert, alternatives, by_ref)
        for gap in judgement.not_checked:
            yield self._gap(gap)

    def _alert(self, alert: Alert, alternatives: tuple[str, ...], by_ref: Mapping[str, Taken]) -> Finding:
        cited = [self._cited(text) for text in alert.sources]
        return Finding(
            kind="rule",
            code=alert.rule,
            title=alert.summary,
            model=self.model,
            band=alert.severity,
            inputs=tuple(_input(by_ref[ref]) for ref in alert.refs if ref in by_ref),
            missing=alert.missing,
            notes=alert.modifiers,
            source=Source(cited[0]["citation"], cited[0]["url"]) if cited else None,
            reached={"severity": alert.severity, "interruptive": alert.interruptive},
            detail={
                "alert": alert.kind,
                "drugs": list(alert.drugs),
                "mechanism": alert.mechanism,
                "action": alert.action,
                "topic": alert.topic,
                "refs": list(alert.refs),
                "allergy": alert.allergy,
                "sources": cited,
                "alternatives": [self._drug(name) for name in alternatives],
                "overrides": [{"code": o.code, "display": o.title} for o in self._overrides(alert)],
                "labs_missing": [self._lab(n) for n in alert.labs_missing if n in self.terms.labs],
            },
        )

    def _cited(self, text: str) -> dict[str, str]:
        """Return a citation in full: a key's publication with the place in it, or a label as it stands."""
        key, _, place = text.partition(" ")
        known = self.knowledge.sources.get(key)
        if known is None:
            return {"citation": text, "url": ""}
        return {"citation": f"{known.citation} {place}".strip(), "url": known.url}

    def _drug(self, name: str) -> dict[str, str]:
        return {"name": name, "rxcui": next(iter(self.knowledge.ingredients[name].rxcui), "")}

    def _overrides(self, alert: Alert) -> list[Override]:
        """Return the reasons that the rule gives, or those of its kind."""
        known = self.knowledge.overrides
        own = [known[code] for code in alert.overrides if code in known]
        return own or [reason for reason in known.values() if alert.kind in reason.kinds]

    def _lab(self, name: str) -> dict[str, str]:
        term = self.terms.labs[name]
        return {"name": name, "title": term.title, "loinc": next(iter(term.loinc), "")}

    def _gap(self, gap: NotChecked) -> Finding:
        return Finding(
            kind="rule",
            code=NOT_CHECKED,
            title=gap.item,
            model=self.model,
            notes=(gap.reason,),
            applies=False,
        )


def _input(taken: Taken) -> Input:
    minutes: Any = None if taken.started_days_ago is None else round(taken.started_days_ago * 1440)
    note = "stated" if taken.home and taken.place == "active" else _PLACES[taken.place]
    return Input("drug", taken.text or taken.name, minutes_ago=minutes, ref=taken.ref, note=note)
