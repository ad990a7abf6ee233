"""The drug tables: they load, and the loader refuses what it should."""

import csv
import io
from dataclasses import fields

import pytest
from cpu_time import cpu_seconds

from models.knowledge.concepts import load_concepts
from models.knowledge.drugs.clauses import Language
from models.knowledge.drugs.errors import DrugTableError
from models.knowledge.drugs.knowledge import DrugKnowledge, load_drugs
from models.knowledge.drugs.rows import Rule
from models.knowledge.drugs.tables import COLUMNS, PROVENANCE, RULE, RULE_TABLES, package_files
from models.knowledge.drugs.vocabulary import clauses

GOOD = {
    "id": "DDItestPair",
    "a": "warfarin",
    "b": "nsaid",
    "severity": "warning",
    "interruptive": "no",
    "summary": "{a} with {b}: bleeding",
    "mechanism": "Both.",
    "action": "Avoid.",
    "source": "ONC2012 table 2",
    "evidence": "consensus",
    "reviewed": "2026-11-22",
}


def with_rule(**changes: str) -> DrugKnowledge:
    """Return the shipped tables with one more interaction, changed as told."""
    columns = (*RULE, *PROVENANCE)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerow([(GOOD | changes).get(column, "") for column in columns])
    return DrugKnowledge({**package_files(), "ddi_rule.extra.csv": out.getvalue()})


def changed(name: str, before: str, after: str) -> DrugKnowledge:
    """Return the shipped tables with one text of one file replaced once."""
    files = dict(package_files())
    assert before in files[name]
    files[name] = files[name].replace(before, after, 1)
    return DrugKnowledge(files)


def test_every_table_loads_and_every_row_is_sourced():
    knowledge = load_drugs()
    knowledge.check()
    rows = [*knowledge.rules.values(), *knowledge.ingredients.values(), *knowledge.classes.values()]
    assert all(row.provenance.source and row.provenance.evidence for row in rows)
    assert all(row.provenance.reviewed >= "2026-01-01" for row in rows)


def test_the_tables_are_read_in_a_fifth_of_a_second_of_cpu():
    """The promise is 200 ms; a busy machine is allowed three times that before this fails."""
    files = package_files()
    assert cpu_seconds(lambda: DrugKnowledge(files).check()) < 0.6


def test_the_tables_have_the_promised_size():
    knowledge = load_drugs()
    least = {
        "ddi_rule": 220,
        "contraindication": 170,
        "duplicate_class": 60,
        "renal_dose": 90,
        "hepatic": 25,
        "pregnancy_lactation": 80,
        "age": 70,
        "genotype": 35,
        "lab_prerequisite": 30,
        "washout": 20,
        "allergy_rule": 50,
    }
    assert all(len(knowledge.table(table)) >= number for table, number in least.items())
    assert len(knowledge.ingredients) >= 480
    assert len(knowledge.classes) >= 90
    assert sum(len(row.members) for row in knowledge.classes.values()) >= 900
    assert len(knowledge.qt_risks) >= 60
    assert len(knowledge.indications) >= 220
    assert len(knowledge.products) >= 3100


def test_a_good_row_is_taken():
    assert "DDItestPair" in with_rule().rules


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"source": ""}, "needs a `source`"),
        ({"source": "Somebody said so"}, "begins with no key of source.csv"),
        ({"source": "FDA label warfarin, 2017"}, "begins with no key of source.csv"),
        ({"evidence": "hearsay"}, "evidence 'hearsay'"),
        ({"reviewed": "lately"}, "is no date"),
        ({"a": "warfarine"}, "'warfarine' is no ingredient and no class"),
        ({"b": "nsaid, !nsaid"}, "selects no drug"),
        ({"a": "warfarin @mouth"}, "no route is called 'mouth'"),
        ({"when": "lab potassum > 5 mmol/L within 30 d"}, "'potassum', which no table holds"),
        ({"when": "condition gouty"}, "'gouty', which no table holds"),
        ({"when": "reaction sneezing"}, "'sneezing', which no table holds"),
        ({"when": "lab potassium over 5"}, "cannot read the clause"),
        ({"unless": "drug nosuch"}, "'nosuch' is no ingredient and no class"),
        ({"modifiers": "age >= 65 y -> worse"}, "effects are critical"),
        ({"modifiers": "age >= 65 y"}, "is not `clauses -> effect: words`"),
        ({"alternatives": "nosuch"}, "the alternative 'nosuch'"),
        ({"overrides": "because"}, "override.csv has no reason 'because'"),
        ({"severity": "grave"}, "'grave' is not one of"),
        ({"interruptive": "perhaps"}, "is not yes, no or empty"),
        ({"unknown": "maybe"}, "'maybe' is not one of"),
        ({"summary": ""}, "`summary` is empty"),
        ({"action": " "}, "`action` is empty"),
        ({"id": "XXXtest"}, "begins with DDI"),
        ({"id": "DDI test"}, "begins with DDI"),
        ({"id": "DDIwarfarinNsaid"}, "is there twice"),
    ],
)
def test_a_wrong_rule_is_refused_naming_place_and_fix(changes, says):
    with pytest.raises(DrugTableError, match="ddi_rule") as refused:
        _ = with_rule(**changes).rules
    assert says in str(refused.value)


def test_an_unknown_column_is_refused():
    with pytest.raises(DrugTableError, match="columns are"):
        _ = changed("ddi_rule.onc.csv", "id,a,b", "id,a,b,colour").rules


def test_an_unknown_table_is_refused():
    with pytest.raises(DrugTableError, match="no table is called 'herbs'"):
        DrugKnowledge({**package_files(), "herbs.csv": "name\n"}).check()


def test_a_dangling_member_of_a_class_is_refused():
    with pytest.raises(DrugTableError, match="member 'benazeprill'"):
        _ = changed("class.csv", "benazepril;", "benazeprill;").classes


def test_a_class_named_as_an_ingredient_is_refused():
    with pytest.raises(DrugTableError, match="is an ingredient too"):
        _ = changed("class.csv", "ace_inhibitor,", "warfarin,").classes


def test_an_ingredient_listed_twice_is_refused():
    files = dict(package_files())
    line = next(text for text in files["ingredient.csv"].splitlines() if text.startswith("warfarin,"))
    files["ingredient.csv"] += line + "\n"
    with pytest.raises(DrugTableError, match="'warfarin' is there twice"):
        _ = DrugKnowledge(files).ingredients


def test_a_product_of_an_unknown_ingredient_is_refused():
    with pytest.raises(DrugTableError, match="names no ingredient"):
        _ = changed("product.csv", ",lisinopril 10 mg,", ",lisinoprill 10 mg,").products


def test_ids_say_their_table_and_are_stable_words():
    for rule in load_drugs().rules.values():
        assert any(rule.id.startswith(prefix) for prefix in RULE_TABLES[rule.table])
        assert rule.id.isalnum()


def test_every_rule_says_what_the_schema_asks_for():
    assert {field.name for field in fields(Rule)} >= {"mechanism", "action", "modifiers", "alternatives"}
    for rule in load_drugs().rules.values():
        if rule.table == "ddi_suppress":
            continue
        assert rule.summary, rule.id
        assert rule.mechanism, rule.id
        assert rule.action, rule.id
        assert rule.overrides, rule.id


def test_summaries_fit_a_card():
    """A summary has at most 140 characters; two long drug names need 40 of them."""
    long = {
        rule.id: len(rule.summary.format(a="x" * 16, b="x" * 16))
        for rule in load_drugs().rules.values()
        if len(rule.summary.format(a="x" * 16, b="x" * 16)) > 140
    }
    assert not long


def test_rules_of_two_drugs_name_both_and_rules_of_one_name_no_second():
    for rule in load_drugs().rules.values():
        if rule.b is None:
            assert "{b}" not in rule.summary, rule.id


def test_critical_rules_interrupt_and_information_never_does():
    for rule in load_drugs().rules.values():
        if rule.severity == "critical":
            assert rule.interruptive, rule.id
        if rule.severity == "info":
            assert not rule.interruptive, rule.id


def test_labs_and_procedures_are_those_of_the_shared_value_sets():
    concepts, knowledge = load_concepts(), load_drugs()
    for lab in knowledge.labs.values():
        assert not lab.concept or lab.concept in concepts.observations, lab.name
    named = {c.subject for r in knowledge.rules.values() for c in clauses(r) if c.kind == "procedure"}
    assert named <= set(concepts.procedures)


def test_labs_convert_by_known_substances_into_a_unit_that_is_known():
    known = load_drugs().labs.values()
    molar = {lab.own.substance for lab in known if lab.own and lab.own.substance}
    assert molar == {"magnesium", "phosphate", "lithium", "digoxin", "ammonia", "uric_acid"}
    assert all(lab.unit for lab in known if lab.name != "hbsag")


def test_no_lab_has_both_a_shared_set_and_codes_of_its_own():
    assert not [lab.name for lab in load_drugs().labs.values() if lab.concept and lab.own]


def test_codes_belong_to_one_ingredient_only():
    codes = [code for row in load_drugs().ingredients.values() for code in row.rxcui]
    assert len(codes) == len(set(codes))


@pytest.mark.parametrize(
    ("text", "kind", "wanted"),
    [
        ("lab potassium >= 5.0 mmol/L within 30 d", "lab", ("potassium", ">=", 5.0, "mmol/L")),
        ("lab inr missing within 2 wk", "lab-missing", ("inr", "", None, "")),
        ("age < 28 d", "age", ("", "<", 28.0, "d")),
        ("dose a > 4000 mg/d", "dose", ("a", ">", 4000.0, "mg/d")),
        ("since b < 36 h", "since", ("b", "<", 36.0, "h")),
        ("gestation >= 20 wk", "gestation", ("", ">=", 20.0, "wk")),
    ],
)
def test_clauses_read_as_written(text, kind, wanted):
    clause = load_drugs().language.clause(text, where="here")
    assert (clause.kind, (clause.subject, clause.op, clause.value, clause.unit)) == (kind, wanted)


def test_spans_are_days():
    clause = load_drugs().language.clause("lab inr missing within 2 wk", where="here")
    assert clause.within_days == 14


def test_a_selector_leaves_out_and_keeps_to_its_routes():
    language = Language(load_drugs().members)
    drugs = language.selector("nsaid, !celecoxib @topical|oral", where="here")
    assert drugs.takes("ibuprofen", "topical", systemic=False)
    assert not drugs.takes("celecoxib", "oral")
    assert not drugs.takes("ibuprofen", "ophthalmic", systemic=False)


def test_a_selector_without_routes_means_what_reaches_the_body():
    drugs = load_drugs().language.selector("diclofenac", where="here")
    assert drugs.takes("diclofenac", "oral")
    assert drugs.takes("diclofenac", "")
    assert not drugs.takes("diclofenac", "topical", systemic=False)


def test_modifiers_are_alternatives_of_clauses_with_an_effect_and_words():
    found = load_drugs().rules["DDItrimethoprimSpironolactone"].modifiers
    potassium = next(m for m in found if m.when and m.when[0][0].subject == "potassium")
    assert (potassium.effect, potassium.words) == ("critical", "potassium 5.0 or more")


def test_columns_are_described_for_every_table():
    names = {name.partition(".")[0] for name in package_files()}
    assert names == {*COLUMNS, *RULE_TABLES, "source", "override"}


def test_no_rule_is_undone_by_its_own_drugs():
    """`no drug X` counts the rule's own drugs, so it may never name all that the rule is about."""
    other = {"CIbenzodiazepineSleepApnoea", "DDImaoiSerotonergic", "DDIlinezolidSerotonergic"}
    for rule in load_drugs().rules.values():
        for clause in clauses(rule):
            if clause.kind == "drug" and clause.negated and clause.selector and rule.id not in other:
                assert not clause.selector.ingredients & rule.a.ingredients, (rule.id, clause.text)


def test_clauses_about_one_drug_alone_name_no_second():
    for rule in load_drugs().rules.values():
        if rule.b is None:
            sided = [c.text for c in clauses(rule) if c.subject == "b" and c.kind not in ("lab", "condition")]
            assert not sided, rule.id


def test_the_class_of_qt_prolonging_drugs_is_the_table_of_grades():
    knowledge = load_drugs()
    assert knowledge.classes["qt_prolonging"].members == frozenset(knowledge.qt_risks)
