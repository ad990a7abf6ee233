"""Simulated patients follow the knowledge base, their stories say what they have, and a seed repeats both."""

import numpy as np
import pytest
from little_base import little_base

from models.diagnosis.person import Person
from models.diagnosis.recognise import Recogniser
from models.diagnosis.scorer import Evidence, Scorer
from models.diagnosis.simulate.patients import DRAWN, draw, shares
from models.diagnosis.simulate.stories import Teller
from models.diagnosis.simulate.tables import Tables, tables
from models.diagnosis.vocabulary import terms, vocabulary_of
from models.diagnosis.wordings import wordings_of
from models.knowledge.diagnosis import KnowledgeBase


@pytest.fixture(scope="module")
def base() -> KnowledgeBase:
    return little_base()


@pytest.fixture(scope="module")
def known(base) -> Tables:
    return tables(base)


def test_a_seed_draws_the_same_patients_and_another_does_not(known):
    first, again, other = draw(known, 300, seed=4), draw(known, 300, seed=4), draw(known, 300, seed=5)
    assert first.said == again.said
    assert (first.condition == again.condition).all()
    assert first.said != other.said


def test_common_conditions_are_drawn_oftener_and_none_is_left_out(known):
    drawn = draw(known, 400, seed=1)
    counts = dict(zip(known.conditions, np.bincount(drawn.condition, minlength=4), strict=True))
    assert counts["flu"] > counts["bad-knee"] > counts["birth"] > counts["measles"] > 0
    ratio = shares(known)[known.conditions.index("flu")] / shares(known)[known.conditions.index("bad-knee")]
    assert ratio == pytest.approx((1000 / 410) ** DRAWN)


def test_sex_and_age_follow_the_condition(known):
    drawn = draw(known, 3000, seed=2)
    birth = drawn.condition == known.conditions.index("birth")
    assert not drawn.male[birth].any()
    assert ((drawn.age_years[birth] >= 15) & (drawn.age_years[birth] < 50)).mean() > 0.98
    knees = drawn.condition == known.conditions.index("bad-knee")
    assert drawn.male[knees].mean() == pytest.approx(0.1, abs=0.05)


def test_what_a_condition_shows_is_told_of_it(known):
    drawn = draw(known, 4000, seed=3)
    rash, cough = known.findings.index("rash"), known.findings.index("cough")

    def told(name: str, finding: int) -> float:
        own = [s for s, c in zip(drawn.said, drawn.condition, strict=True) if known.conditions[c] == name]
        return float(np.mean([finding in one.told_present for one in own]))

    assert told("measles", rash) > 3 * told("flu", rash)
    assert told("flu", cough) > 3 * told("bad-knee", cough)


def test_a_kind_never_stands_beside_what_it_is_a_kind_of(known):
    high, fever = known.findings.index("fever-high"), known.findings.index("fever")
    for said in draw(known, 1500, seed=6).said:
        assert not {high, fever} <= set(said.told_present)
        assert fever in said.present or high not in said.present
        assert not set(said.present) & set(said.absent)


def test_nobody_tells_two_durations(known):
    times = {at for at, name in enumerate(known.findings) if name.startswith("duration-")}
    told = [times & set(said.told_present) for said in draw(known, 1500, seed=7).said]
    assert max(len(one) for one in told) == 1


def test_findings_of_one_system_go_together(known):
    """Fever and cough are of one latent syndrome: among those without either cause they come together."""
    drawn = draw(known, 6000, seed=8)
    flu = [s for s, c in zip(drawn.said, drawn.condition, strict=True) if known.conditions[c] == "flu"]
    cough, wheeze = known.findings.index("cough"), known.findings.index("wheeze")
    has = np.array([[cough in s.told_present, wheeze in s.told_present] for s in flu])
    assert has[has[:, 0], 1].mean() > has[~has[:, 0], 1].mean()


def test_a_story_says_what_its_patient_has_and_denies_what_he_has_not(known, base):
    drawn = draw(known, 250, seed=9)
    reader = Recogniser(base, wordings_of(base))
    stories = Teller(known).tell(drawn, seed=1)
    understood = hits = wrong = 0
    for story, said in zip(stories, drawn.said, strict=True):
        found = reader.read(story, 5)
        told = {known.findings[at] for at in said.told_present}
        understood += len(told & found.present)
        hits += len(told)
        wrong += len({known.findings[at] for at in said.told_absent} & found.present)
    assert understood > 0.7 * hits
    assert wrong < 0.05 * hits
    assert stories == Teller(known).tell(drawn, seed=1)
    assert stories != Teller(known).tell(drawn, seed=2)


def test_stories_of_babies_give_their_age_in_days_or_months(known):
    drawn = draw(known, 3000, seed=10)
    small = np.flatnonzero(drawn.age_years < 1.9)[:40]
    assert len(small) > 5
    for story in Teller(known).tell(drawn.taken(small), seed=3):
        assert any(unit in story for unit in ("month", "day", "week"))


def test_a_word_of_a_condition_speaks_for_it_and_against_no_more_than_it_is_usual(base):
    found = vocabulary_of(base).weights
    usual, own = found["blotchy"] if "blotchy" in found else found["rash".upper()]
    assert own["measles"] > 0 > usual
    assert "bad-knee" not in own


def test_words_and_findings_add_up_to_the_log_odds(base):
    scorer, reader = Scorer(base), Recogniser(base, wordings_of(base))
    found = reader.read("I am hot to touch with a hacking cough. No rash.", 5)
    evidence = Evidence(found.present, found.absent, found.words, found.worded)
    person = Person(40, "female")
    odds = scorer.odds(person, evidence)
    for one in scorer.score(person, evidence):
        assert one.words
        assert one.log_odds == pytest.approx(odds[one.condition])


def test_denied_words_do_not_speak(base):
    reader = Recogniser(base, wordings_of(base))
    assert "COUGH" in reader.read("I have a cough.", 5).words
    assert "COUGH" not in reader.read("I have no cough.", 5).words


def test_pairs_are_the_same_in_either_order(base):
    from models.diagnosis.folding import fold

    assert set(terms(fold("sore knee"))) == set(terms(fold("knee sore")))
