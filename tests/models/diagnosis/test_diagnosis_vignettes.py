"""The vignettes are many, of every style and urgency in both halves, and do not tell their answer."""

import re
import tomllib
from importlib import resources
from typing import Any

import pytest

from models.diagnosis.cases import unseen, vignettes
from models.diagnosis.model import model
from models.knowledge.diagnosis.rows import URGENCIES

STYLES = {"lay", "note", "triage", "call", "parent", "vignette", "letter"}
SETTINGS = {"primary-care", "emergency", "inpatient", "telephone"}


def rows() -> dict[str, dict[str, Any]]:
    """Return every row as it is written, of the files that tell the style."""
    folder = resources.files("models.diagnosis") / "vignettes"
    files = (file for file in folder.iterdir() if file.name != "general.toml" and file.name.endswith(".toml"))
    return {
        name: row for file in files for name, row in tomllib.loads(file.read_text(encoding="utf-8")).items()
    }


def words(text: str) -> str:
    """Return the text as lower-case words between single blanks."""
    return f" {' '.join(re.findall(r'[a-z0-9]+', text.lower()))} "


def test_no_two_vignettes_tell_the_same_story():
    texts = [words(vignette.text) for vignette in vignettes()]
    assert len(texts) == len(set(texts))


def test_every_setting_is_one_the_model_reads():
    assert {vignette.setting for vignette in vignettes()} <= SETTINGS


def test_every_style_is_told_and_no_other():
    assert {row["style"] for row in rows().values()} == STYLES


@pytest.mark.parametrize("closed", [True, False])
def test_each_half_holds_every_urgency_and_style(closed: bool):
    half = [vignette for vignette in vignettes() if vignette.closed is closed]
    written = rows()
    assert {vignette.urgencies[0] for vignette in half} == set(URGENCIES)
    assert {written[vignette.id]["style"] for vignette in half if vignette.id in written} == STYLES


def test_no_vignette_takes_every_urgency_for_right():
    assert max(len(vignette.urgencies) for vignette in vignettes()) <= 2


def test_unseen_stories_name_known_conditions_and_repeat_no_vignette():
    known = set(model().scorer.base.conditions)
    assert len(unseen()) == 70
    assert all(set(story.conditions) <= known and story.setting in SETTINGS for story in unseen())
    assert {words(story.text) for story in unseen()}.isdisjoint(words(v.text) for v in vignettes())


def test_no_id_gives_the_condition_away():
    """The document carries the id, so a number after a field's name is all it may be."""
    assert all(re.fullmatch(r"v\d{3}|[a-z]+-\d{2}", vignette.id) for vignette in vignettes())


def test_no_story_names_its_own_condition():
    written = rows()
    told = [v.id for v in vignettes() if v.id in written and words(v.conditions[0]) in words(v.text)]
    assert told == []
