"""The eGFR that scores use: CKD-EPI 2021, reported or computed here, never another equation in silence."""

from collections.abc import Mapping
from statistics import median

from models.base import ModelError
from models.record import MINUTES_PER_DAY
from models.scores.definition import Definition, Values
from models.scores.documents import accept
from models.scores.engine import calculate
from models.scores.features.chart import Chart
from models.scores.features.inputs import Found, of_reading, years
from models.scores.features.readings import Reading
from models.scores.rules import InputRule

EQUATION = "ckd-epi-2021"
BMI = "bmi"
_CHRONIC_DAYS = 90
_LOW = 60
_GROWTH_ENDS = 20
_LONE = 0.4
"""Share of the next lowest creatinine of the year up to which a single value is taken for a slip."""


class Egfr:
    """Filtration rates of charts, computed with the house's own formula."""

    def __init__(self, definitions: Mapping[str, Definition]) -> None:
        self.definitions = definitions
        self._known: dict[float, float | None] = {}

    def newest(self, chart: Chart, rule: InputRule) -> Found:
        """Return the newest eGFR of 2021, or of a further equation that the score's authors used."""
        computed = self._computed(chart, rule)
        found = [computed] if computed.value is not None else []
        for concept in ("egfr_2021", *rule.accepts):
            readings = chart.readings(concept, rule.lookback_days)
            if readings:
                found.append(of_reading(chart, concept, readings[0]))
        if not found:
            return Found(reason=_other(chart, rule) or computed.reason)
        exact = [f for f in found if f.reading is None]
        return min(exact or found, key=lambda f: f.minutes_ago or 0)

    def _computed(self, chart: Chart, rule: InputRule) -> Found:
        readings = chart.readings("creatinine", rule.lookback_days)
        if not readings:
            return Found(
                reason=next(iter(chart.refused("creatinine")), "no creatinine found in the look-back")
            )
        if readings[0].comparator:
            return Found(reason="the newest creatinine is only known to lie beyond a limit")
        value = self.of(chart, readings[0])
        if value is None:
            return Found(reason="eGFR cannot be computed: age, sex or the equation is missing")
        newest = of_reading(chart, "creatinine", readings[0])
        note = f"CKD-EPI 2021 from creatinine {newest.value:.4g} mg/dL"
        note = f"{note}; {newest.note}" if newest.note else note
        unit = "mL/min/{1.73_m2}"
        return Found(value, unit, minutes_ago=newest.minutes_ago, ref=newest.ref, code=newest.code, note=note)

    def of(self, chart: Chart, reading: Reading) -> float | None:
        """Return the eGFR of one creatinine of this record, or None where it cannot be computed."""
        if reading.value not in self._known:
            self._known[reading.value] = self._of(chart, reading)
        return self._known[reading.value]

    def _of(self, chart: Chart, reading: Reading) -> float | None:
        definition = self.definitions.get(EQUATION)
        record = chart.record
        if definition is None or record.age_years is None or record.sex not in ("female", "male"):
            return None
        document = {"age_years": years(record.age_years), "sex": record.sex, "creatinine": reading.value}
        try:
            return _value(definition, document)
        except ModelError:
            return None

    def lasting_low(self, chart: Chart) -> bool:
        """Tell whether eGFR is below 60 now and was at least 90 days earlier (KDIGO 2024)."""
        rates = self._rates(chart)
        if not rates or rates[0][1] >= _LOW:
            return False
        newest = rates[0][0]
        before = [rate for minutes, rate in rates if minutes - newest >= _CHRONIC_DAYS * MINUTES_PER_DAY]
        return bool(before) and before[0] < _LOW

    def _rates(self, chart: Chart) -> list[tuple[int, float]]:
        reported = [
            (r.minutes_ago, r.value)
            for concept in ("egfr_2021", "egfr_ckd_epi_2009", "egfr_other")
            for r in chart.readings(concept, 1096)
        ]
        creatinine = [r for r in chart.readings("creatinine", 1096) if not r.comparator]
        if creatinine and (first := self.of(chart, creatinine[0])) is not None:
            reported.append((creatinine[0].minutes_ago, first))
            if first < _LOW:
                rest = ((r.minutes_ago, self.of(chart, r)) for r in creatinine[1:])
                reported += [(minutes, rate) for minutes, rate in rest if rate is not None]
        return sorted(reported)

    def body_mass_index(self, chart: Chart, rule: InputRule) -> Found:
        """Return the newer of a reported body mass index and one of weight and height."""
        reported = chart.readings(BMI, rule.lookback_days)
        computed = self._body_mass_index(chart, rule)
        if reported and (computed.value is None or reported[0].minutes_ago <= (computed.minutes_ago or 0)):
            return of_reading(chart, BMI, reported[0])
        return computed

    def _body_mass_index(self, chart: Chart, rule: InputRule) -> Found:
        weights = chart.readings("weight", rule.lookback_days)
        growing = chart.record.age_years is None or chart.record.age_years < _GROWTH_ENDS
        heights = chart.readings("height", _CHRONIC_DAYS if growing else None)
        definition = self.definitions.get(BMI)
        if not weights or not heights or definition is None:
            return Found(reason="body mass index: weight or height not found in the look-back")
        if weights[0].comparator or heights[0].comparator:
            return Found(reason="body mass index: weight or height only known to lie beyond a limit")
        document = {"weight": weights[0].value, "height": heights[0].value}
        try:
            value = _value(definition, document)
        except ModelError as error:
            return Found(reason=f"body mass index: {error.message}")
        if value is None:
            return Found(reason="body mass index cannot be computed from this weight and height")
        note = f"from weight {weights[0].value:.4g} kg and height {heights[0].value:.4g} cm"
        newest = weights[0]
        code = newest.fact.codes[0].code if newest.fact.codes else ""
        return Found(value, "kg/m2", newest.minutes_ago, newest.fact.ref, code, note)


def _value(definition: Definition, values: Values) -> float | None:
    """Return the score of these values, which are in the units of its inputs."""
    given = {name: accept(definition.lookup[name], value) for name, value in values.items()}
    value = calculate(definition, given).value
    return None if value is None else float(value)


def _other(chart: Chart, rule: InputRule) -> str:
    others = [name for name in ("egfr_ckd_epi_2009", "egfr_other") if name not in rule.accepts]
    if any(chart.readings(name, rule.lookback_days) for name in others):
        return "the reported eGFR is not of the CKD-EPI 2021 equation; creatinine is needed"
    return ""


def sound(readings: tuple[Reading, ...]) -> tuple[Reading, ...]:
    """Return creatinine values without lone slips: too low to be true beside all others of the year.

    One that is 60 % or more below every other, with an older and a newer one that contradict it, is a slip of
    the unit or a diluted sample and no baseline. Without an older one it stays: a first rise looks the same.
    """
    if len(readings) < 3:
        return readings
    ranked = sorted(range(len(readings)), key=lambda place: readings[place].value)
    lowest, next_lowest = readings[ranked[0]], readings[ranked[1]]
    lone = 0 < ranked[0] < len(readings) - 1 and lowest.value <= _LONE * next_lowest.value
    return tuple(r for r in readings if r is not lowest) if lone else readings


def steady_creatinine(readings: tuple[Reading, ...]) -> bool:
    """Tell whether the newest creatinine is steady enough for an eGFR.

    Not steady: a rise of 0.3 mg/dL in 48 h, 1.5 times the lowest or two thirds of the highest of the week
    before (KDIGO 2012), or 1.5 times the median of 8 to 365 days before (NHS England algorithm 2014).
    """
    if len(readings) < 2:
        return True
    readings = sound(readings)
    newest, earlier = readings[0], readings[1:]
    age = [(r.value, (r.minutes_ago - newest.minutes_ago) / MINUTES_PER_DAY) for r in earlier]
    week = [value for value, days in age if days <= 7]
    year = [value for value, days in age if 7 < days <= 365]
    rise = any(newest.value - value >= 0.3 - 1e-9 for value, days in age if days <= 2)
    swing = bool(week) and (newest.value >= 1.5 * min(week) or newest.value <= max(week) / 1.5)
    return not (rise or swing or (bool(year) and newest.value >= 1.5 * median(year)))
