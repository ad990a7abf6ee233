"""Why a text gets no diagnosis: empty, foreign, about nobody, an order, or contradicting itself."""

import re
import tomllib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

from models.diagnosis.person import Person
from models.diagnosis.recognise import Recognised
from models.knowledge.diagnosis import KnowledgeBase

_WORD = re.compile(r"[^\W\d_]+")
_ORDER = re.compile(
    r"\b(?:ignore|disregard|forget|override)\b.{0,40}\b(?:rules|instructions?|prompt|guidelines)\b"
    r"|\b(?:system prompt|jailbreak|you are now|pretend (?:to be|you)|act as an?)\b"
    r"|\b(?:diagnose|output|answer|print|return|say)\b.{0,30}"
    r"\b(?:100 ?%|probability|certain|confidence)",
    re.IGNORECASE | re.DOTALL,
)
_MANUAL = re.compile(
    r"\b(reagents?|centrifug\w+|pipett\w+|calibrat\w+|specimens?|aliquots?|assays?|incubat\w+"
    r"|reference ranges?|analy[sz]ers?|protocol|procedure manual|quality control|section \d|chapter \d)\b",
    re.IGNORECASE,
)
_JOKE = re.compile(
    r"\b(walks? into a bar|knock,? knock|punch ?line|doctor,? doctor|what do you call|bartender)\b",
    re.IGNORECASE,
)
_SOMEBODY = re.compile(
    r"\b(i|my|me|he|she|his|her|patient|pt|man|woman|boy|girl|male|female|year[s-]* ?old|yo|y/o|mr|mrs"
    r"|ms|[mf] \d{1,3}|son|daughter|baby|infant|child|toddler|presents?|complain\w*|\d{1,3} ?[mf])\b",
    re.IGNORECASE,
)
_LEAST_WORDS_TO_TELL = 5
_LEAST_MANUAL = 3
_COMPLAINTS = frozenset(("symptom", "sign"))
_UNREAD = frozenset(("contradiction", "language", "nothing-understood"))


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why there is no differential: a code, and words for whoever reads it."""

    code: str
    reason: str

    @property
    def urgency(self) -> str:
        """How soon somebody should look: what was told and not read is never called routine."""
        return "urgent" if self.code in _UNREAD else "routine"


def of_text(text: str) -> Refusal | None:
    """Return why a text cannot be read as a story of a person's illness; None where it can."""
    words = [word.lower() for word in _WORD.findall(text)]
    if not words:
        return Refusal("empty", "there are no words; tell what is wrong, since when, and the age")
    if _foreign(words):
        return Refusal("language", "this does not read as English; only English stories are understood")
    if _ORDER.search(text):
        return Refusal(
            "not-a-story", "the text gives orders to the reader; only what is wrong with somebody is read"
        )
    if _JOKE.search(text):
        return Refusal("not-a-patient", "this reads as a joke and not as somebody's illness")
    if len(_MANUAL.findall(text)) >= _LEAST_MANUAL:
        return Refusal("not-a-patient", "this reads as a manual and not as somebody's illness")
    return None


def of_findings(
    base: KnowledgeBase, found: Recognised, person: Person, text: str, *, told: bool
) -> Refusal | None:
    """Return why what was understood does not suffice; `told` where findings or a person came with it."""
    if person.pregnant and person.sex == "male":
        return Refusal("contradiction", "the person is said to be male and pregnant; correct one of them")
    complaints = [f for f in found.present if base.findings[f].kind in _COMPLAINTS]
    if found.contradicted and len(found.contradicted) >= len(complaints):
        return Refusal("contradiction", "the story says of its complaints that they are there and are not")
    if not found.present:
        return Refusal("nothing-understood", "no symptom, sign or result was understood in this text")
    if (
        not told
        and len(text.split()) >= _LEAST_WORDS_TO_TELL
        and not _SOMEBODY.search(text)
        and len(complaints) < 2
    ):
        return Refusal("not-a-patient", "the text is about nobody; say who is ill and what is wrong")
    return None


def is_of_somebody(text: str) -> bool:
    """Tell whether a text speaks of a person."""
    return _SOMEBODY.search(text) is not None


def is_short_and_foreign(text: str) -> bool:
    """Tell whether a few words, too few to count languages by, hold a foreign one and no English one."""
    words = {word.lower() for word in _WORD.findall(text)}
    of_english, of_others = _languages()
    few = len(words) < _LEAST_WORDS_TO_TELL
    return few and bool(words & (of_others - of_english)) and not words & of_english


@lru_cache(maxsize=1)
def _languages() -> tuple[frozenset[str], frozenset[str]]:
    place = resources.files("models.diagnosis") / "words.toml"
    table = tomllib.loads(place.read_text(encoding="utf-8"))
    return frozenset(table["english"].split()), frozenset(table["foreign"].split())


def _foreign(words: Sequence[str]) -> bool:
    if len(words) < _LEAST_WORDS_TO_TELL:
        return not all(word.isascii() for word in words) and len(words) > 1
    counts = Counter(words)
    of_english, of_others = _languages()
    english = sum(count for word, count in counts.items() if word in of_english)
    foreign = sum(count for word, count in counts.items() if word in of_others - of_english)
    strange = sum(count for word, count in counts.items() if not word.isascii())
    return foreign > english or strange > 0.3 * len(words)
