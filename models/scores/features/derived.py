"""Inputs that are worked out from several facts: oxygen, consciousness, smoking, encounters, baselines."""

import re
from collections.abc import Mapping
from itertools import takewhile
from statistics import median

from models.record import MINUTES_PER_DAY, Fact
from models.scores.features.chart import Chart
from models.scores.features.inputs import Finder, Found, lookback
from models.scores.features.kidney import sound
from models.scores.rules import InputRule

_TARGET = re.compile(
    r"(?:sp?o2|o2|sat\w*|oxygen).{0,40}?\b88\s*%?\s*(?:-|–|to)\s*92\b", re.IGNORECASE | re.DOTALL
)
_CONSCIOUS = frozenset({"alert", "confused", "voice", "pain", "unresponsive"})
_SITES = ("stomach", "pancreas", "lung", "gynaecological", "bladder", "testicular")
_INPATIENT = frozenset({"IMP", "ACUTE", "NONAC"})
_URGENT = frozenset({"EM", "UR", "A", "CR", "S"})
_PLANNED = frozenset({"EL", "R", "P"})
_ROOM_AIR = 0.215
_SCALE_1 = Found("1", note="no documented target of 88 to 92 %")


def smoking_status(chart: Chart, rule: InputRule) -> Found:
    """Return current, former or never from the newest answer that says so."""
    found = _smoking(chart, rule)
    if found.value == "not_now":
        return Found(reason="smoking status: earlier smoking is not recorded")
    return found


def smoking(chart: Chart, rule: InputRule) -> Found:
    """Return whether the person smokes now; a diagnosis that contradicts a no is named."""
    found = _smoking(chart, rule)
    if found.value is None:
        return found
    now = found.value == "current"
    if not now and chart.condition("nicotine_dependence").value:
        because = "smoking status says no, nicotine dependence is on the condition list"
        return Found(reason=because, conflict=because)
    return Found(now, minutes_ago=found.minutes_ago, ref=found.ref, code=found.code)


def _smoking(chart: Chart, rule: InputRule) -> Found:
    for answer, fact in chart.answers("tobacco_status", rule.lookback_days):
        if answer in ("current", "former", "never", "not_now"):
            return Found(answer, minutes_ago=fact.minutes_ago, ref=fact.ref, code=_code(fact))
        return Found(reason="the newest smoking status does not say whether the person smokes now")
    return Found(reason="smoking status: not recorded")


def _code(fact: Fact) -> str:
    return fact.codes[0].code if fact.codes else ""


def consciousness_all(chart: Chart, rule: InputRule) -> tuple[Found, ...]:
    """Return levels of consciousness (ACVPU), newest first; a GCS of 15 is alert."""
    days = lookback(chart, rule)
    found = [
        Found(answer, minutes_ago=max(fact.minutes_ago or 0, 0), ref=fact.ref, code=_code(fact))
        for answer, fact in chart.answers("acvpu", days)
        if answer in _CONSCIOUS
    ]
    found += [
        Found("alert", minutes_ago=r.minutes_ago, ref=r.fact.ref, code=_code(r.fact), note="GCS 15")
        for r in chart.readings("gcs", days)
        if r.value == 15 and not r.comparator
    ]
    return tuple(sorted(found, key=lambda f: (f.minutes_ago or 0, str(f.value))))


def confusion_all(chart: Chart, rule: InputRule) -> tuple[Found, ...]:
    """Return whether there is new confusion, newest first.

    Drowsiness says neither, and an older "alert" says nothing about somebody who is drowsy since.
    """
    known = {"alert": False, "confused": True}
    clear = takewhile(lambda found: found.value in known, consciousness_all(chart, rule))
    return tuple(f._replace(value=known[str(f.value)], note=f.note or f"{f.value} on ACVPU") for f in clear)


def confusion(chart: Chart, rule: InputRule) -> Found:
    """Return whether the newest level of consciousness is confused or alert."""
    told = confusion_all(chart, rule)
    return told[0] if told else Found(reason=f"needs an entry: {rule.asks}")


def oxygen_all(chart: Chart, rule: InputRule) -> tuple[Found, ...]:
    """Return whether oxygen was given, newest first, from flow, fraction or a note of room air."""
    days = lookback(chart, rule)
    found = [
        Found(r.value > limit, minutes_ago=r.minutes_ago, ref=r.fact.ref, code=_code(r.fact))
        for concept, limit in (("oxygen_flow", 0.0), ("fio2", _ROOM_AIR))
        for r in chart.readings(concept, days)
    ]
    oldest = chart.now + (days if days is not None else 1) * MINUTES_PER_DAY
    for fact in chart.index.observations.get("room_air", ()):
        usable = (
            fact.status in ("final", "amended", "corrected", "preliminary", "") and not fact.absent_reason
        )
        minutes = fact.minutes_ago
        if usable and fact.value is not False and minutes is not None and chart.as_of <= minutes <= oldest:
            found.append(Found(value=False, minutes_ago=max(minutes, 0), ref=fact.ref, code=_code(fact)))
    return tuple(sorted(found, key=lambda f: (f.minutes_ago or 0, not f.value)))


def _first(found: tuple[Found, ...], what: str) -> Found:
    return found[0] if found else Found(reason=f"{what}: no entry found in the look-back")


def consciousness(chart: Chart, rule: InputRule) -> Found:
    """Return the newest level of consciousness."""
    return _first(consciousness_all(chart, rule), "level of consciousness")


def oxygen(chart: Chart, rule: InputRule) -> Found:
    """Return whether oxygen is being given."""
    return _first(oxygen_all(chart, rule), "oxygen or room air")


def spo2_scale(chart: Chart, _: InputRule) -> Found:
    """Return scale 2 only where a target of 88 to 92 % is written down; never from a diagnosis."""
    for fact in chart.record.facts:
        told = "88" in fact.text or (isinstance(fact.value, str) and "88" in fact.value)
        if told and _is_target(chart, fact):
            return Found(
                "2", minutes_ago=fact.minutes_ago, ref=fact.ref, note="documented target of 88 to 92 %"
            )
    return _SCALE_1


def _is_target(chart: Chart, fact: Fact) -> bool:
    if fact.kind not in ("observation", "order", "flag", "other") or not chart.known(fact):
        return False
    if fact.status in ("entered-in-error", "cancelled", "revoked", "inactive", "completed", "rejected"):
        return False
    return bool(_TARGET.search(f"{fact.text} {fact.value if isinstance(fact.value, str) else ''}"))


def cancer_site(chart: Chart, _: InputRule) -> Found:
    """Return the site of an active cancer as Khorana's score names it; several sites are not decided."""
    sites = [site for site in _SITES if chart.condition(f"cancer_{site}").value]
    sites += ["lymphoma"] if chart.condition("lymphoma").value else []
    if len(sites) > 1:
        because = "cancers of several sites are on record"
        return Found(reason=because, conflict=because)
    if sites:
        held = chart.condition("lymphoma" if sites == ["lymphoma"] else f"cancer_{sites[0]}")
        return Found(sites[0], ref=held.fact.ref if held.fact else "")
    return (
        Found("other")
        if chart.condition("active_cancer").value
        else Found(reason="no active cancer on record")
    )


def _stay(chart: Chart) -> Fact | None:
    current = chart.record.current_encounter
    known = (f for f in chart.index.encounters if current and current in (f.ref, f.encounter))
    return next((f for f in known if f.detail.get("class") in _INPATIENT and f.minutes_ago is not None), None)


def stay_days(chart: Chart, _: InputRule) -> Found:
    """Return completed days of the current stay."""
    stay = _stay(chart)
    if stay is None or stay.minutes_ago is None:
        return Found(reason="no current inpatient stay with a start")
    end = max(stay.ended_minutes_ago or 0, 0)
    return Found(float(max(stay.minutes_ago - end, 0) // MINUTES_PER_DAY), "d", ref=stay.ref)


def urgent_admission(chart: Chart, _: InputRule) -> Found:
    """Return whether the stay began as an emergency, from its priority or where the person came from."""
    stay = _stay(chart)
    priority = str(stay.detail.get("priority", "")) if stay else ""
    if stay and (priority in _URGENT or stay.detail.get("admit_source") == "emd"):
        return Found(value=True, ref=stay.ref)
    if stay and priority in _PLANNED:
        return Found(value=False, ref=stay.ref)
    return Found(reason="how the stay began is not recorded")


def _encounters(chart: Chart, classes: frozenset[str], *, days: float, gap_minutes: int) -> Found:
    stay = _stay(chart)
    if stay is None or stay.minutes_ago is None:
        return Found(reason="no current inpatient stay with a start")
    if chart.record.list_state("encounter") in ("partial", "failed", "not-requested"):
        return Found(reason=chart.absent("encounter").reason)
    start = stay.minutes_ago
    last = start + days * MINUTES_PER_DAY
    usable = [
        f for f in chart.index.encounters if f.status not in ("entered-in-error", "cancelled", "planned")
    ]
    counted = {
        f.ref or str(f.minutes_ago)
        for f in usable
        if f.detail.get("class") in classes
        and f.minutes_ago is not None
        and start + gap_minutes < f.minutes_ago <= last
    }
    return Found(float(len(counted)), "1", note="contacts elsewhere are not seen")


def admissions(chart: Chart, _: InputRule) -> Found:
    """Return admissions in the year before this stay."""
    return _encounters(chart, _INPATIENT, days=365, gap_minutes=0)


def ed_visits(chart: Chart, _: InputRule) -> Found:
    """Return emergency visits in six months before this stay, without the one that led to it."""
    return _encounters(chart, frozenset({"EMER"}), days=183, gap_minutes=MINUTES_PER_DAY)


def procedure_in_stay(chart: Chart, _: InputRule) -> Found:
    """Return whether any procedure belongs to the current stay."""
    current = chart.record.current_encounter
    for fact in chart.record.of("procedure") if current else ():
        if fact.encounter == current and fact.status in ("completed", "in-progress", ""):
            return Found(value=True, minutes_ago=fact.minutes_ago, ref=fact.ref, code=_code(fact))
    held = chart.absent("procedure")
    if held.value is None:
        return Found(reason=held.reason)
    return Found(value=False, assumed=held.assumed, note=held.reason)


def creatinine_baseline(chart: Chart, _: InputRule) -> Found:
    """Return the lowest creatinine of the week before the newest, else the median of the year before that."""
    readings = sound(chart.readings("creatinine", 372))
    earlier = [(r.value, (r.minutes_ago - readings[0].minutes_ago) / MINUTES_PER_DAY) for r in readings[1:]]
    week = [value for value, days in earlier if days <= 7]
    year = [value for value, days in earlier if 7 < days <= 365]
    if week:
        return Found(min(week), "mg/dL", note="lowest of the 7 days before")
    if year:
        return Found(median(year), "mg/dL", note="median of 8 to 365 days before")
    return Found(reason="no earlier creatinine to compare with")


def creatinine_lowest_48h(chart: Chart, _: InputRule) -> Found:
    """Return the lowest creatinine of the 48 hours before the newest."""
    readings = sound(chart.readings("creatinine", 372))
    near = [r.value for r in readings[1:] if r.minutes_ago - readings[0].minutes_ago <= 2 * MINUTES_PER_DAY]
    return Found(min(near), "mg/dL") if near else Found(reason="no creatinine in the 48 hours before")


DERIVED: Mapping[str, Finder] = {
    "smoking": smoking,
    "smoking_status": smoking_status,
    "consciousness": consciousness,
    "confusion": confusion,
    "oxygen": oxygen,
    "spo2_scale": spo2_scale,
    "cancer_site": cancer_site,
    "stay_days": stay_days,
    "urgent_admission": urgent_admission,
    "admissions": admissions,
    "ed_visits": ed_visits,
    "procedure_in_stay": procedure_in_stay,
    "creatinine_baseline": creatinine_baseline,
    "creatinine_lowest_48h": creatinine_lowest_48h,
}
