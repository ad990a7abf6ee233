"""Names, codes and orders resolve to ingredients, strength, route and dose; nothing is guessed."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.knowledge.drugs.knowledge import load_drugs
from models.knowledge.drugs.resolve import load_resolver
from models.record import RXNORM, Code, Quantity

LINES = (Path(__file__).parent / "orders.txt").read_text(encoding="utf-8").splitlines()
ORDERS = [tuple(line.split("|")) for line in LINES if line and not line.startswith("#")]


def resolve(text: str = "", *codes: str):
    return load_resolver().resolve(text, [Code(RXNORM, code) for code in codes])


def test_there_are_150_written_orders():
    assert len(ORDERS) >= 150


@pytest.mark.parametrize("order", ORDERS, ids=[order[0] for order in ORDERS])
def test_an_order_reads_as_a_pharmacist_reads_it(order):
    words, ingredients, times, prn, single, route = order
    drug = resolve(words)
    amount = drug.single(drug.ingredients[0])
    assert drug.resolved
    assert ";".join(drug.ingredients) == ingredients
    assert (f"{drug.sig.times_per_day:.6g}" if drug.sig.times_per_day else "-") == times
    assert drug.sig.prn == (prn == "yes")
    assert (f"{amount.value:g} {amount.unit}" if amount else "-") == single
    assert (drug.route or "-") == route


@pytest.mark.parametrize(
    ("words", "daily"),
    [
        ("acetaminophen 500 mg 2 tabs q6h", Quantity(4000, "mg")),
        ("Norco 5/325 2 tabs q6h", Quantity(2600, "mg")),
        ("Percocet 5 mg/325 mg 2 tabs q6h", Quantity(2600, "mg")),
        ("oxycodone 5 mg / acetaminophen 325 mg q6h", Quantity(1300, "mg")),
        ("Tylenol PM", None),
        ("acetaminophen 650 mg", None),
        ("acetaminophen 160 mg/5 mL 20 mL q6h", Quantity(2560, "mg")),
    ],
)
def test_the_daily_amount_counts_all_that_is_written(words, daily):
    assert resolve(words).daily("acetaminophen") == daily


@pytest.mark.parametrize(
    ("words", "ingredient", "strength"),
    [
        ("Augmentin 875 mg/125 mg bid", "clavulanate", Quantity(125, "mg")),
        ("Advair 250 mcg/50 mcg 1 puff bid", "salmeterol", Quantity(50, "ug")),
        ("Lotrimin 10 mg/1 g cream", "clotrimazole", Quantity(10, "mg/g")),
        ("amoxicillin 400 mg/5 mL", "amoxicillin", Quantity(80, "mg/mL")),
    ],
)
def test_two_masses_with_a_stroke_are_two_strengths_and_a_mass_in_a_gram_is_one(words, ingredient, strength):
    assert resolve(words).strength(ingredient) == strength


def test_a_duration_is_read():
    assert resolve("amoxicillin 500 mg tid for 2 weeks").sig.duration_days == 14


def test_an_unknown_drug_comes_back_by_its_words_with_similar_names_only_to_ask():
    drug = resolve("lisinporil 10 mg daily")
    assert not drug.resolved
    assert drug.parts == ()
    assert drug.unresolved == ("lisinporil 10 mg daily",)
    assert "lisinopril" in drug.near["lisinporil"]


def test_an_unknown_part_beside_a_known_drug_is_named():
    drug = resolve("zorvaxine / lisinopril 10 mg")
    assert drug.ingredients == ("lisinopril",)
    assert drug.unresolved == ("zorvaxine",)
    assert not drug.resolved


def test_an_unwritten_unit_stays_unwritten():
    drug = resolve("hctz 25 daily")
    assert drug.dose == Quantity(25, "")
    assert drug.single("hydrochlorothiazide") is None


@pytest.mark.parametrize("words", ["", "   ", "see list", "take as directed", "10 mg", "?"])
def test_words_that_name_no_drug_resolve_to_none(words):
    assert not resolve(words).resolved


def test_a_code_alone_is_enough():
    drug = resolve("", "314076")
    assert (drug.ingredients, drug.strength("lisinopril")) == (("lisinopril",), Quantity(10, "mg"))


def test_code_and_words_that_agree_give_the_dose_of_the_words_and_the_strength_of_the_code():
    drug = resolve("lisinopril 1 tablet twice daily", "314076")
    assert drug.daily("lisinopril") == Quantity(20, "mg")


def test_code_and_words_that_differ_are_a_conflict_and_nothing_is_used():
    drug = resolve("warfarin 5 mg", "314076")
    assert not drug.resolved
    assert "warfarin" in drug.conflict
    assert "lisinopril" in drug.conflict


def test_a_code_of_one_part_does_not_hide_the_other():
    drug = resolve("losartan-hydrochlorothiazide 50-12.5 mg daily", "52175")
    assert set(drug.ingredients) == {"losartan", "hydrochlorothiazide"}


def test_an_unknown_code_leaves_it_to_the_words():
    assert resolve("sertraline 50 mg", "999999999").ingredients == ("sertraline",)
    assert not resolve("", "999999999").resolved


def test_a_code_of_another_system_says_nothing():
    drug = load_resolver().resolve("", [Code("http://example.org", "314076")])
    assert not drug.parts


def test_salts_are_no_drugs_of_their_own():
    assert resolve("bacitracin zinc 500 unt/gm ointment").ingredients == ("bacitracin",)
    assert resolve("Potassium chloride 20 meq").ingredients == ("potassium chloride",)
    assert resolve("zinc 50 mg").ingredients == ("zinc sulfate",)


def test_a_brand_in_brackets_adds_nothing():
    drug = resolve("Hydrocortisone 10 MG/ML Topical Cream [Nobody Knows This]")
    assert drug.resolved
    assert drug.ingredients == ("hydrocortisone",)


def test_local_routes_stay_local_and_known_exceptions_do_not():
    assert not resolve("diclofenac 1 % topical gel").systemic("diclofenac")
    assert not resolve("latanoprost 0.005 % eye drops").systemic("latanoprost")
    assert resolve("timolol 0.5 % ophthalmic solution").systemic("timolol")
    assert resolve("ketorolac 15.75 mg nasal spray").systemic("ketorolac")
    assert resolve("AndroGel").systemic("testosterone")
    assert resolve("ibuprofen 200 mg").systemic("ibuprofen")


def test_an_intrauterine_system_is_no_tablet():
    assert resolve("Mirena").route == "intrauterine"
    assert not resolve("Mirena").systemic("levonorgestrel")


def test_every_name_stands_for_one_thing():
    """The index raises where two rows claim a name; building it is the test."""
    assert len(load_resolver().names.index) > 2500


def test_every_ingredient_is_found_by_its_own_name():
    known = load_drugs().ingredients
    assert not [name for name in known if resolve(name).ingredients != (name,)]


@given(st.text(max_size=60))
def test_any_text_is_read_without_an_error(text):
    drug = resolve(text)
    assert set(drug.ingredients) <= set(load_drugs().ingredients)


@given(st.sampled_from(sorted(load_drugs().ingredients)), st.sampled_from(["daily", "bid", "q8h prn"]))
def test_a_name_with_a_frequency_keeps_its_name(name, often):
    assert resolve(f"{name} 5 mg {often}").ingredients == (name,)
