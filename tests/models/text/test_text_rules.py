"""Rules are data: a site's folder is laid over ours, and what is not of its form is named."""

from pathlib import Path

import pytest

pytest.importorskip("numpy", reason="the text model needs the extra `text`")

from models.text import rulebook
from models.text.cues import RuleError
from models.text.features import reader


def site(folder: Path, **files: str) -> Path:
    for name, content in files.items():
        (folder / f"{name}.toml").write_text(content, encoding="utf-8")
    return folder


def test_a_site_adds_a_trigger(tmp_path: Path) -> None:
    rows = '[[trigger]]\nkind = "negated"\nwhere = "before"\nreach = 10\ncues = "nada de"\n'
    found = reader(site(tmp_path, triggers=rows)).of_spans("Nada de fever.", [(8, 13)])
    assert [(e.text, e.negated, e.causes[0].text) for e in found] == [("fever", True, "Nada de")]


def test_a_site_takes_a_trigger_away(tmp_path: Path) -> None:
    text = "Possibly pneumonia."
    assert reader().understand(text).entities[0].uncertain
    changed = reader(site(tmp_path, triggers='without = "possibly"\n'))
    assert not changed.understand(text).entities[0].uncertain


def test_a_site_adds_a_term_a_section_and_an_abbreviation(tmp_path: Path) -> None:
    place = site(
        tmp_path,
        problems='[problem]\n"I10" = "hochdruck"\n',
        sections='[section.anamnese]\ntitle = "Anamnese"\nassume = "family"\nheadings = "familienanamnese"\n',
        abbreviations='[[abbreviation]]\nshort = "ZZ"\n[[abbreviation.sense]]\nmeans = "asthma"\n'
        'kind = "problem"\ncode = "J45.909"\nnear = "x"\ndefault = true\n',
    )
    found = reader(place).understand("Familienanamnese: Hochdruck\nAssessment: ZZ")
    assert [(e.text, e.codes[0].code, e.experiencer) for e in found.entities] == [
        ("Hochdruck", "I10", "family"),
        ("ZZ", "J45.909", "patient"),
    ]
    assert found.entities[1].expansion == "asthma"


def test_ours_stay_beside_what_a_site_adds_and_a_minus_takes_away(tmp_path: Path) -> None:
    place = site(tmp_path, problems='[problem]\n"I10" = "hochdruck; -htn"\n')
    names = rulebook.load(place)["problems"]["problem"]["I10"]
    assert "hochdruck" in names
    assert "hypertension" in names
    assert "htn;" not in names


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"verbs": ""}, "verbs"),
        ({"triggers": "[[trigger]]\nkind = 'odd'\ncues = 'x'"}, "triggers.toml"),
        ({"triggers": "= 3"}, "is not TOML"),
        ({"sections": "[section.x]\nassume = 'maybe'\nheadings = 'x'"}, "sections.toml"),
        ({"measures": "[lab.x]\nnames = 'x'"}, "measures.toml"),
    ],
)
def test_a_file_that_is_not_of_its_form_is_named(tmp_path: Path, files: dict[str, str], said: str) -> None:
    with pytest.raises(RuleError, match=said):
        reader(site(tmp_path, **files)).understand("x 3")


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(RuleError, match="is not there"):
        reader(tmp_path / "none").understand("x")
