"""Words for things: phrases of stems, each with its kind and code.

Ours, terminologies', drugs' and whoever adds one.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from models.text import rulebook, wordings
from models.text.cues import RuleError
from models.text.lexical import stem
from models.text.rulebook import Rulebook, listed, split
from models.text.terms import Terms, diseases, drugs, phrase, terms

ICD10 = "http://hl7.org/fhir/sid/icd-10-cm"
HPO = "http://human-phenotype-ontology.org"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
LOINC = "http://loinc.org"
ORPHANET = "http://www.orpha.net"

_BEGINNING_OF = {"HP:": HPO, "ORPHA:": ORPHANET}
_SYMPTOM = re.compile(r"R(?!65|73|80|91|29\.6|16|18|59|55|33|32|09\.02|56|78|57)")
_NAMED = re.compile(
    r"(?:itis|osis|emia|aemia|oma|pathy|plegia|algia|uria|penia|trophy|ectasia|megaly|disease|syndrome|disorder|"
    r"infection|fracture|cancer|carcinoma|stenosis|insufficiency|failure|hernia|ulcer|abscess|tumor|deficiency|"
    r"anomaly|aneurysm|thrombosis|embolism|hemorrhage|infarction|neoplasm|lymphoma|leukemia|sarcoma|dystrophy|"
    r"dysplasia|malformation|palsy|paralysis|epilepsy|seizure|edema|effusion|pneumonia|diabetes|hypertension|"
    r"hypotension|arrhythmia|tachycardia|bradycardia|poisoning|injury|sprain|burn|wound|dementia|psychosis|phobia|"
    r"addiction|dependence|withdrawal|migraine|asthma|eczema|psoriasis|gout|sepsis|shock|pain|ache|spasm|"
    r"contracture|deformity|prolapse|perforation|obstruction|rupture|cyst|polyp|stone|calculus|fistula|necrosis)\Z"
)
_GENERAL = rulebook.words("general")
_NO_SIGN = rulebook.words("no_sign")
_ADJECTIVE = re.compile(r"(?:al|ic|ous|ive|ory|form|ar|oid|ed|less|sis|ting|lity|ness)\Z")
_LONGEST_SIGN = 4
_DENYING = frozenset({"absent", "no", "not", "never", "without", "unable", "can't", "cannot", "won't"})
"""Words of a name that deny nothing there: `no energy`."""
_OWN = re.compile(r"(?<=[a-z]{3}) ([st])(?= |\Z)")


class Code(NamedTuple):
    """One code with the words it was found by, and how sure it is (0 to 1)."""

    system: str
    code: str
    display: str
    confidence: float


class Entry(NamedTuple):
    """What a phrase stands for."""

    kind: str
    codes: tuple[Code, ...] = ()
    source: str = "rules"
    form: str = ""
    """`whole`: no word in it denies it (`absent reflexes`); `head`: what stands before it belongs to it."""


@dataclass(frozen=True)
class Lexicon:
    """Phrases and what they stand for, ready to be found."""

    name: str
    phrases: Terms
    entries: Mapping[str, Entry]

    def find(self, stems: Sequence[str], first: int, last: int) -> list[tuple[int, int, Entry]]:
        """Return the phrases in a range of tokens, the longest at each place."""
        entries, keys = self.entries, self.phrases.entries
        return [(at, end, entries[keys[text]]) for at, end, text in self.phrases.matches(stems, first, last)]

    def within(self, stems: Sequence[str], ends: Sequence[int]) -> list[tuple[int, int, Entry]]:
        """Return the phrases of a whole text; `ends` has for each token where its sentence ends."""
        entries, keys = self.entries, self.phrases.entries
        return [(at, end, entries[keys[text]]) for at, end, text in self.phrases.within(stems, ends)]


def lexicon(name: str, wordings: Iterable[tuple[str, Entry]]) -> Lexicon:
    """Return a lexicon of wordings; the first of two alike counts.

    The door for others: the diagnosis model gives the wordings of its findings with their codes.
    """
    phrases: dict[str, str] = {}
    entries: dict[str, Entry] = {}
    for wording, entry in wordings:
        key = phrase(wording)
        if key and key not in phrases:
            phrases[key] = key
            entries[key] = entry
    return Lexicon(name, terms(_possessive(phrases)), entries)


def _possessive(phrases: Mapping[str, str]) -> dict[str, str]:
    """Return phrases together with those that a text writes with an apostrophe: `parkinson ' s disease`."""
    written = {_OWN.sub(r" ' \1", key): value for key, value in phrases.items() if _OWN.search(key)}
    return written | dict(phrases)


def clinical(rules: Rulebook) -> Lexicon:
    """Return problems, symptoms, findings and procedures as the rule files have them, and of nothing."""
    named = [*_problems(rules), *_symptoms(rules), *_findings(rules), *_procedures(rules)]
    return lexicon("clinical", [*_nothing(rules), *named])


def _findings(rules: Rulebook) -> Iterator[tuple[str, Entry]]:
    where, table = "findings.toml", rules["findings"]
    for row in table.get("finding", ()):
        if not {"kind", "names"} <= set(row) <= {"kind", "code", "form", "names"}:
            raise RuleError(f"{where}: a finding has kind, names and maybe code and form: {sorted(row)}")
        for pattern in listed(row["names"], where=where):
            names = wordings.phrases(pattern, table.get("sets", {}), where=where)
            codes = (Code(ICD10, row["code"], names[0], 0.8),) if row.get("code") else ()
            entry = Entry(row["kind"], codes, "rules", row.get("form", "whole"))
            yield from ((name, entry) for name in names)


def _nothing(rules: Rulebook) -> Iterator[tuple[str, Entry]]:
    where, table = "findings.toml: nothing", rules["findings"]
    for pattern in listed(table.get("nothing", {}).get("names", ""), where=where):
        for name in wordings.phrases(pattern, table.get("sets", {}), where=where):
            yield name, Entry("", (), "nothing")


def _problems(rules: Rulebook) -> Iterator[tuple[str, Entry]]:
    for code, names in rules["problems"].get("problem", {}).items():
        yield from _coded("problem", code, listed(names, where=f"problems.toml: {code}"), {})


def _symptoms(rules: Rulebook) -> Iterator[tuple[str, Entry]]:
    phenotypes = rules["symptoms"].get("hpo", {})
    for code, names in rules["symptoms"].get("symptom", {}).items():
        yield from _coded("symptom", code, listed(names, where=f"symptoms.toml: {code}"), phenotypes)


def _coded(kind: str, code: str, names: Sequence[str], hpo: Mapping[str, str]) -> Iterator[tuple[str, Entry]]:
    codes = [Code(ICD10, code, names[0], 0.9)]
    if code in hpo:
        codes.append(Code(HPO, hpo[code], names[0], 0.8))
    entry = Entry(kind, tuple(codes))
    whole = entry._replace(form="whole")
    for name in names:
        yield name, entry if _DENYING.isdisjoint(name.split()) else whole


def _procedures(rules: Rulebook) -> Iterator[tuple[str, Entry]]:
    for name in listed(rules["procedures"].get("names", ""), where="procedures.toml"):
        yield name, Entry("procedure")


def terminology() -> Lexicon:
    """Return what terminologies name and is plainly a disease or a symptom.

    Their general words are left out.
    """
    found: dict[str, Entry] = {}
    phrases: dict[str, str] = {}
    for text, code in diseases().entries.items():
        words = text.split(" ")
        if any(word in _GENERAL for word in words) and len(words) == 1:
            continue
        if (
            _NAMED.search(words[-1])
            or _NAMED.search(words[0])
            or (code.startswith("ORPHA:") and len(words) > 1)
            or (code.startswith("HP:") and _sign(words))
        ):
            phrases[text] = text
            found[text] = Entry(_kind_of(code), (_code_of(code, text),), "terminology")
    return Lexicon("terminology", terms(_possessive(phrases)), found)


def _sign(words: Sequence[str]) -> bool:
    """Tell whether a phenotype is what an examiner writes, no attribute, number or mode of inheritance."""
    if not _NO_SIGN.isdisjoint(words) or len(words) > _LONGEST_SIGN:
        return False
    return len(words) > 1 or (len(words[0]) > 4 and not _ADJECTIVE.search(words[0]))


def _kind_of(code: str) -> str:
    return "symptom" if _SYMPTOM.match(code) else "problem"


def _code_of(code: str, display: str) -> Code:
    for beginning, system in _BEGINNING_OF.items():
        if code.startswith(beginning):
            return Code(system, code.removeprefix("ORPHA:"), display, 0.7)
    return Code(ICD10, code, display, 0.8)


def medications(rules: Rulebook) -> Lexicon:
    """Return names of drugs with their ingredients, and classes of drugs."""
    entries: dict[str, Entry] = {}
    phrases: dict[str, str] = {}
    for text, ingredients in drugs().entries.items():
        if len(text) > 2 or text.isupper():
            phrases[text] = text
            entries[text] = Entry("medication", tuple(_drug_codes(ingredients)), "knowledge")
    for name in listed(
        rules["medication"].get("classes", {}).get("names", ""), where="medication.toml: classes"
    ):
        key = phrase(name)
        if key not in phrases:
            phrases[key] = key
            entries[key] = Entry("medication")
    return Lexicon("medications", terms(_possessive(phrases)), entries)


def _drug_codes(ingredients: str) -> Iterator[Code]:
    known = _rxcui()
    for name in split(ingredients):
        if known.get(name):
            yield Code(RXNORM, known[name], name, 0.95)


@lru_cache(maxsize=1)
def _rxcui() -> Mapping[str, str]:
    # Loaded on first use, like the names: a text without drugs still needs the table only once.
    from models.knowledge.drugs.knowledge import load_drugs

    ingredients = load_drugs().ingredients
    return {name: str(row.rxcui[0]) if row.rxcui else "" for name, row in ingredients.items()}


def allergens(rules: Rulebook) -> Lexicon:
    """Return what is no drug and people are allergic to."""
    names = listed(
        rules["medication"].get("allergens", {}).get("names", ""), where="medication.toml: allergens"
    )
    return lexicon("allergens", ((name, Entry("allergy")) for name in names))


@dataclass(frozen=True, slots=True)
class Sense:
    """One meaning of an abbreviation."""

    means: str
    kind: str
    codes: tuple[Code, ...]
    near: frozenset[str]
    default: bool


@dataclass(frozen=True)
class Abbreviations:
    """Abbreviations with several meanings, and those that are read only in capitals."""

    senses: Mapping[str, tuple[Sense, ...]]
    capitals: frozenset[str]

    def sense(self, short: str, near: Iterable[str]) -> Sense | None:
        """Return the meaning that the words near it speak for, or the default, or None."""
        senses = self.senses[short]
        words = frozenset(near)
        best = max(senses, key=lambda sense: (len(sense.near & words), sense.default))
        if best.near & words or best.default:
            return best
        return next((sense for sense in senses if sense.default), None)


def abbreviations(table: Mapping[str, Any]) -> Abbreviations:
    """Return the abbreviations that a rule file lists; rows before others win."""
    senses: dict[str, tuple[Sense, ...]] = {}
    for row in table.get("abbreviation", ()):
        senses.setdefault(row["short"], tuple(map(_sense, row["sense"])))
    for short, told in table.get("letters", {}).items():
        means, _, code = told.partition("; ")
        row = {"means": means, "kind": "problem", "code": code, "default": True}
        senses.setdefault(short, (_sense(row),))
    return Abbreviations(senses, frozenset(table.get("capitals", "").split()))


def _sense(row: Mapping[str, Any]) -> Sense:
    codes = (Code(ICD10, row["code"], row["means"], 0.85),) if row.get("code") else ()
    near = frozenset(stem(word) for word in row.get("near", "").split())
    return Sense(row["means"], row["kind"], codes, near, bool(row.get("default", False)))
