"""Note review, end to end: a note says a drug was stopped, the list still has it as active."""

from collections.abc import Iterator

import pytest
from note_world import NoteSite, note, rows, running
from order_world import drug
from service_site import topics

pytest.importorskip("numpy", reason="the text model needs the extra `text`")

WARFARIN = drug("warfarin 5 mg", "11289", days=300)
STOPPED = "Warfarin was stopped because of GI bleeding. Lisinopril goes on."


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NoteSite]:
    with running(tmp_path_factory.mktemp("stopped")) as made:
        yield made


def said(site: NoteSite, *chart) -> list[str]:
    return [topic for topic in topics(site.review(*chart)) if topic.startswith("NOTEstopped")]


def test_a_listed_drug_that_a_note_says_was_stopped_is_pointed_out_and_nothing_is_written(site):
    [card] = site.review(note(STOPPED, days=10, kind="Discharge summary"), WARFARIN)
    assert card["summary"] == (
        "A note says warfarin (anticoagulant) was stopped, 10 days ago; the medication list has it as "
        "active. Confirm which is right"
    )
    assert card["indicator"] == "warning"
    assert "suggestions" not in card
    assert '"Warfarin was stopped because of GI bleeding"' in card["detail"]
    assert "how often this is read right was not measured" in card["detail"]
    assert rows([card])["note-stopped warfarin"]["inputs"]["evidence-1"]["days_ago"] == 10


def test_a_drug_that_harms_less_when_it_goes_on_is_no_warning(site):
    [card] = site.review(note("Amlodipine was stopped due to oedema."), drug("amlodipine 5 mg", "17767"))
    assert card["indicator"] == "info"


@pytest.mark.parametrize(
    "chart",
    [
        (note(STOPPED, days=10), drug("warfarin 5 mg", "11289", days=5)),
        (
            note(STOPPED, days=10),
            WARFARIN,
            drug("warfarin", "11289", kind="MedicationDispense", days=2),
        ),
        (note(STOPPED, days=10), drug("warfarin 5 mg", "11289", status="stopped", days=300)),
        (note(STOPPED, days=10), note("Continue warfarin 5 mg daily.", days=2), WARFARIN),
        (note(f"{STOPPED}\nMedications: warfarin 5 mg daily", days=10), WARFARIN),
        (note(STOPPED, days=400), WARFARIN),
        (note(STOPPED, days=10), drug("apixaban 5 mg", "1364430", days=300)),
    ],
    ids=["ordered-later", "dispensed-later", "ended", "named-later", "says-both", "old", "not-listed"],
)
def test_what_is_newer_or_says_otherwise_silences_it(site, chart):
    assert said(site, *chart) == []


def test_a_site_may_turn_it_off(site):
    off = site.configured(options={"off": ["stopped"]})
    assert said(off, note(STOPPED, days=10), WARFARIN) == []
    assert said(site, note(STOPPED, days=10), WARFARIN) == ["NOTEstoppedWarfarin"]
