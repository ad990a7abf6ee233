"""What a record is for survives: every score of every patient, from the original and from what left."""

import json
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest
from leaving_world import KEY, scrub

from cds import plugins
from cds.fhir.read import record
from cds.privacy.deidentify import deidentify
from cds.privacy.leaving import Policy, transform
from cds.services.clinical_scores.options import DEFAULTS, for_models
from models.base import NoDeadline
from models.record import Code

PATIENTS = Path(__file__).parents[4] / "fixtures" / "fhir" / "patients"
SLUGS = sorted(p.stem for p in PATIENTS.glob("*.json") if p.stem != "index")
BY_YEAR = "dirty-data"
"""The one chart with a birth and a diagnosis recorded to the year alone."""
EXACT = [slug for slug in SLUGS if slug != BY_YEAR]
NOW = datetime(2026, 11, 1, 8, tzinfo=UTC)
WEEKS = 26
LISTS = dict.fromkeys(("allergy", "condition", "medication"), "complete")


def bundle(slug):
    return json.loads((PATIENTS / f"{slug}.json").read_text(encoding="utf-8"))


def read(whole, now):
    found = [("chart", entry["resource"]) for entry in whole["entry"]]
    return record(deidentify(found, now=now).resources, lists=LISTS)


def facts(made):
    """Return what a model reads of a record: everything but tokens and the words of labels."""
    return sorted(
        repr((
            f.kind, [(c.system, c.code) for c in f.codes], _value(f.value), f.minutes_ago,
            f.ended_minutes_ago,
            f.status, f.verification, f.category, f.absent_reason, f.interpretation, f.time_precision,
            bool(f.encounter),
        ))
        for f in made.facts
    )  # fmt: skip


def _value(value):
    return (value.system, value.code) if isinstance(value, Code) else value


def scores(made):
    """Return what the score models say of a record: every number, band, missing input and note."""
    found = plugins.models().find("scores", made, deadline=NoDeadline(), options=for_models(DEFAULTS))
    return {
        f.code: (
            f.value,
            dict(f.values),
            f.unit,
            f.band,
            f.missing,
            f.out_of_range,
            f.notes,
            f.applies,
            dict(f.reached),
        )
        for f in found
    }


@cache
def pair(slug):
    """Return the record of a chart, and the record of what is left of it, read as many weeks earlier."""
    chart = bundle(slug)
    policy = Policy("limited", NOW, key=KEY, shift_weeks=-WEEKS)
    moved = transform(chart, policy, scrub=scrub).resources[0]
    return read(chart, NOW), read(moved, NOW - timedelta(weeks=WEEKS))


@pytest.mark.parametrize("slug", EXACT)
def test_a_limited_record_holds_the_same_facts(slug):
    """Codes, values, units, intervals and the exact age: what models read is the same, one for one."""
    before, after = pair(slug)
    assert facts(after) == facts(before)
    assert (after.age_days, after.sex, after.deceased, dict(after.lists)) == (
        before.age_days, before.sex, before.deceased, dict(before.lists),
    )  # fmt: skip


@pytest.mark.parametrize("slug", EXACT)
def test_a_limited_record_gets_the_same_scores(slug):
    before, after = pair(slug)
    assert scores(after) == scores(before)
    assert scores(before)


def test_what_is_recorded_to_the_month_or_year_moves_by_less_than_one():
    """Such an age may be one year off, and with it the scores that count it; nothing else changes."""
    before, after = pair(BY_YEAR)
    assert abs(after.age_years - before.age_years) < 1
    precise = [[f for f in facts(r) if "'year'" not in f and "'month'" not in f] for r in (before, after)]
    other = set(precise[0]) ^ set(precise[1])
    # Words with a name in them, a value and a unit, are not read from the original; scrubbed, they are.
    assert all("6301-6" in fact or "777-3" in fact for fact in other)
    changed = {n for n, was in scores(before).items() if scores(after)[n] != was}
    assert changed <= {"fib-4", "age-adjusted-d-dimer"}


@pytest.mark.parametrize("slug", ["sepsis-news2", "cirrhosis-meld", "large-chart", "comfort-care-94"])
def test_a_safe_harbor_record_keeps_codes_and_values_and_loses_when(slug):
    """What is lost is stated in docs/privacy.md: dates finer than a year, and ages over 89."""
    chart = bundle(slug)
    made = transform(chart, Policy("safe_harbor", NOW), scrub=scrub).resources[0]
    before, after = read(chart, NOW), read(made, NOW)

    def timeless(record):
        return sorted(repr(([(c.system, c.code) for c in f.codes], _value(f.value))) for f in record.facts)

    assert timeless(after) == timeless(before)
    assert {f.time_precision for f in after.facts} <= {"", "year"}
    assert (after.age_years is None) == (before.age_years >= 90)
