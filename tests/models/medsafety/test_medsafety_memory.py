"""What is looked up by an index or from memory is what looking at everything would find."""

from models.knowledge.drugs.knowledge import load_drugs
from models.knowledge.drugs.resolve import Resolver
from models.medsafety.alternatives import Alternatives
from models.medsafety.model import model
from models.medsafety.terms import load_terms
from models.record import ICD10, ICD10CM, LOINC, SNOMED, Code

LONG = "Take 1 tablet by mouth every morning with food for blood pressure"


def test_the_index_of_conditions_finds_what_every_set_says_for_itself() -> None:
    terms = load_terms()
    prefixes = {p for term in terms.conditions.values() for p in (*term.prefixes, *term.without)}
    codes = [
        Code(system, p + end) for p in prefixes for end in ("", "9", ".9") for system in (ICD10CM, ICD10)
    ]
    codes += [Code(SNOMED, code) for term in terms.conditions.values() for code in term.snomed]
    codes += [Code(SNOMED, "404684003"), Code(ICD10CM, ""), Code(LOINC, "I50.9")]
    for code in codes:
        expected = {name for name, term in terms.conditions.items() if term.meant_by(code)}
        assert terms.conditions_of([code]) == expected, code


def test_words_count_only_where_no_code_is_known() -> None:
    terms = load_terms()
    gout = terms.conditions_of([], "Gout")
    assert "gout" in gout
    assert terms.conditions_of([Code(ICD10CM, "J45.40")], "Gout") == {"asthma"}
    assert terms.conditions_of([Code(ICD10CM, "Z00.0")], " GOUT ") == gout
    assert terms.conditions_of([], "") == frozenset()


def test_an_order_is_remembered_only_where_every_word_of_it_is_known() -> None:
    """Whoever stands in an order by mistake is not kept after the call."""
    resolver = Resolver(load_drugs())
    known, odd = "lisinopril 10 mg po daily", "lisinopril 10 mg po daily as told to Featherstone"
    for text in (known, odd, "zzyzxamab 10 mg po daily"):
        assert resolver.resolve(text) == resolver.resolve(text)
    assert set(resolver._readings) == {known}


def test_the_memory_of_orders_is_emptied_when_it_is_full(monkeypatch) -> None:
    monkeypatch.setattr("models.knowledge.drugs.resolve._REMEMBERED", 2)
    resolver = Resolver(load_drugs())
    for dose in (5, 10, 20):
        resolver.resolve(f"lisinopril {dose} mg po daily")
    assert set(resolver._readings) == {"lisinopril 20 mg po daily"}


def test_the_memory_of_pairs_is_emptied_when_it_is_full(monkeypatch) -> None:
    monkeypatch.setattr("models.knowledge.drugs.knowledge._REMEMBERED", 2)
    knowledge = load_drugs()
    knowledge._between.clear()
    pairs = [("warfarin", name) for name in ("ibuprofen", "fluconazole", "loratadine")]
    found = [knowledge.between(*pair) for pair in pairs]
    assert set(knowledge._between) == {pairs[-1]}
    assert [knowledge.between(*pair) for pair in pairs] == found
    assert {rule.id for rule in found[0]} > {rule.id for rule in found[2]}


def test_a_model_that_is_ready_has_read_every_table() -> None:
    assert model().ready
    loaded = vars(model().knowledge)
    assert {"rules", "products", "ingredients", "combinations", "dose_ranges", "qt_risks"} <= set(loaded)
    assert {"index", "learned"} <= set(vars(model().resolver.names))


def test_a_stand_in_is_tried_once_for_all_alerts_that_name_it(monkeypatch) -> None:
    document = {
        "draft": [{"text": "ibuprofen 400 mg po tid"}],
        "medications": [{"text": "warfarin 5 mg po daily"}, {"text": "lithium 300 mg po tid"}],
        "allergies": [],
        "conditions": [],
        "labs": {},
        "age_years": 50,
        "sex": "male",
    }
    person = model().read(document)
    asked: list[str] = []
    plain = Alternatives._clean

    def counted(self: Alternatives, name: str, subject: object) -> bool:
        asked.append(name)
        return plain(self, name, subject)  # type: ignore[arg-type]

    monkeypatch.setattr(Alternatives, "_clean", counted)
    stand_ins = Alternatives(person, model().knowledge, model().resolver, model().terms)
    serious = [a for a in model().judge(person).alerts if "acetaminophen" in a.alternatives]
    assert len(serious) > 1
    assert all("acetaminophen" in stand_ins.of(a) for a in serious if a.severity != "info")
    assert asked.count("acetaminophen") == 1
