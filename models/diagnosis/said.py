"""Tell whether something is said to be there: one small door to the text model's assertion rules."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from models.diagnosis.about import relative
from models.diagnosis.person import age_of
from models.text.assertion import marks
from models.text.cues import Cue, Cues, read_cues
from models.text.rulebook import load
from models.text.sentences import Mark, Sentence, sentence
from models.text.tokens import Words, read


def _words(*lines: str) -> frozenset[str]:
    return frozenset(" ".join(lines).split())


_VERBS = _words(
    "can cannot could couldn won doesn didn isn wasn don does did is was cant wont doesnt didnt isnt wasnt"
)
_LISTING = _words("have had has feel notice report complain suffer any see")
"""After these verbs a list is denied as a whole: `doesn't have fever, cough or rash`."""
_LACKING = frozenset(("without", "minus"))
_UNABLE = _words("cannot couldn unable cant couldnt hardly barely")
_TELLING = _words(
    "rings rang calls called phones phoned says said tells told reports reported brings brought noticed",
    "notices noted found finds can cannot could couldn thinks thought worried describes heard saw sees felt",
    "feels gave took insists reckons remarks remarked remark complains : who wants asks writes of",
)
"""What a relative who tells of somebody else does; `mum of a boy of three` tells of the boy."""
_BETWEEN = _words("just has had have then also first already only who")
_TURNS = _words(
    "a bit some slight slightly mild occasional lots plenty minor now since started wakes woke feels looks",
    "cries eats gets keeps still has had is was can i he she it they comes goes",
)
"""After a comma these say that something is there: `no pus, bit of a cough`."""

_JOINING = frozenset(("and", "but"))
_VERBS_THERE = _words(
    "feels felt has had is was looks looked keeps kept started began complains wakes woke gets got cries"
    " i he she it they we there"
)
"""After `and` these begin what is there: `will not let it be touched and feels shivery`."""
_COPULAS = _words("' ’ s is are was were has been feels gone looks at all really that")
_CHILDREN = _words("baby son daughter child boy girl toddler infant newborn grandson granddaughter kid twin")
_GROWN_YEARS = 16
_BECOME = frozenset(("new", "expectant", "single", "busy"))
"""Before a relative these tell who somebody is: `a new father`."""
_COMING = _words("come came comes coming go goes call called ring rang bring report get")
_WHENEVER = frozenset(("whenever", "when", "everytime"))
_FORMS = "|\t_☐✓✔☑☒["
_ANSWERING = frozenset(":-–−—=?.…/")
"""Signs behind which an answer may stand: `Fever: no`; one at the very end has none."""
_NONE: frozenset[str] = frozenset()
_NEGATED = frozenset(("negated",))


@dataclass(frozen=True)
class Story:
    """A text in sentences, each with its cues."""

    words: Words
    sentences: tuple[Sentence, ...]
    subject: str = ""
    """The relative whom the whole story is about, as it names them; empty where nobody."""
    young: frozenset[str] = frozenset()
    """What a child is called, where the story gives the age of one: it is the one who is ill."""
    quiet: tuple[bool, ...] = ()
    """By sentence, whether nothing in it can deny, doubt or give to another."""

    def flags(self, at: int, start: int, end: int) -> frozenset[str]:
        """Return what sentence number `at` says of the characters between two offsets."""
        if self.quiet[at]:
            return _NONE
        first, last = self.words.covering(start, end)
        place = self.sentences[at]
        first = max(first, place.first)
        found = marks(place, first, min(last, place.last))
        flags = frozenset([mark.flag for mark in found if not self._spent(mark, first)]) if found else _NONE
        return flags | _NEGATED if _of_nothing(self.words.lower, first) else flags

    def _spent(self, mark: Mark, first: int) -> bool:
        """Tell whether a cue means something else: a relative who tells, or a denied verb before a comma.

        `Daughter can't wake her` is about her; `can't get a breath, chest tight` denies no chest.
        """
        words, cue = self.words.lower, mark.cue
        if mark.flag in {"family", "other"}:
            return self._of_the_ill(cue)
        if mark.flag == "hypothetical":
            return _has_come(words, cue.first)
        before = mark.flag == "negated" and mark.where == "before" and cue.last <= first
        return before and self._denies_another(cue, first)

    def _of_the_ill(self, cue: Cue) -> bool:
        """Tell whether a relative is who is ill, who tells of it, or no relative at all."""
        words = self.words.lower
        about = self.subject and self.subject in words[cue.first : cue.last]
        after = [word for word in words[cue.last : cue.last + 3] if word not in _BETWEEN]
        tells = bool(after) and after[0] in _TELLING
        young = words[cue.first] in self.young or words[max(0, cue.first - 1)] in _BECOME
        # `Witnessed by a family member`, `brought in by her sister`: they saw it and have it not.
        saw = "by" in words[max(0, cue.first - 2) : cue.first]
        return bool(about) or tells or young or saw

    def _denies_another(self, cue: Cue, first: int) -> bool:
        words = self.words.lower
        if _undone(words, cue.first, cue.last, first):
            return True
        if words[cue.first] in _LACKING and "," in words[cue.last : first]:
            # `red eyes without pus, cracked lips and a rash`: only `or` makes a list of what is lacking.
            return "or" not in _rest(words, cue.last)
        verb = words[cue.first] in _VERBS and (cue.last >= len(words) or words[cue.last] not in _LISTING)
        return verb and "," in words[cue.last : first]

    def span(self, at: int) -> tuple[int, int]:
        """Return the offsets of a sentence."""
        place = self.sentences[at]
        return self.words.starts[place.first], self.words.ends[place.last - 1]


def _has_come(words: Sequence[str], at: int) -> bool:
    """Tell whether what seems a possibility has come: `whenever I turn`, `a bad back for weeks`."""
    back = words[at] == "back" and words[max(0, at - 1)] not in _COMING
    return back or words[at] in _WHENEVER


def _of_nothing(words: Sequence[str], first: int) -> bool:
    """Tell whether the words right before say that nothing is so: `nothing's numb`, `nothing is broken`."""
    before = [word for word in words[max(0, first - 4) : first] if word not in _COPULAS]
    return before[-1:] == ["nothing"]


def _undone(words: Sequence[str], start: int, end: int, first: int) -> bool:
    """Tell whether what stands between a denial and a word takes the denial back.

    `A headache that he never had before, at the temple` denies nothing of what follows `before`.
    """
    new = words[start] == "never" and "before" in words[end : min(end + 4, first)]
    return new or _turned(words[end : first + 1]) or _twice_denied(words, start, end, first)


def _twice_denied(words: Sequence[str], start: int, end: int, first: int) -> bool:
    """Tell whether two denials make it so: `can't climb the stairs without gasping`."""
    if words[start] in _LACKING:
        return any(_unable(words, at) for at in range(max(0, start - 12), start))
    return _unable(words, start) and any(word in _LACKING for word in words[end:first])


def _unable(words: Sequence[str], at: int) -> bool:
    return words[at] in _UNABLE or tuple(words[at : at + 2]) in {("can", "'"), ("can", "’")}


def _turned(between: Sequence[str]) -> bool:
    """Tell whether a list of what is denied has turned, before its end, to what is there."""
    return any(
        (one == "," and other in _TURNS) or (one in _JOINING and other in _VERBS_THERE)
        for one, other in pairwise(between)
    )


def _rest(words: Sequence[str], start: int) -> Sequence[str]:
    """Return what follows in the same sentence."""
    rest = words[start : start + 40]
    return rest[: rest.index(".")] if "." in rest else rest


def told(text: str) -> Story:
    """Return a text in sentences with their cues."""
    words = read(text)
    cues = _cues()
    sentences = tuple(sentence(words, first, last, cues) for first, last in words.sentences)
    years = age_of(text)
    young = _CHILDREN if years is not None and years < _GROWN_YEARS else _NONE
    forms = any(sign in text for sign in _FORMS)
    quiet = tuple([not forms and _is_quiet(words, one) for one in sentences])
    return Story(words, sentences, relative(text), young, quiet)


def _is_quiet(words: Words, place: Sentence) -> bool:
    if any(trigger.kind != "stop" for cue in place.cues for trigger in cue.triggers):
        return False
    said = set(words.lower[place.first : place.last])
    answers = place.all.answers
    inner = {sign for sign in words.texts[place.first : place.last - 1] if sign in _ANSWERING}
    return not (answers.open or inner or "nothing" in said or not said.isdisjoint(answers.following))


@lru_cache(maxsize=1)
def _cues() -> Cues:
    return read_cues(load()["triggers"]["trigger"], where="triggers.toml")
