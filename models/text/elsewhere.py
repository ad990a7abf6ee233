"""What a cue does not speak of, though it reaches it: the cue belongs to what stands next to it.

`LBP ?radiculopathy` asks for the second, `DDx abdominal pain: appendicitis` doubts no pain.
"""

import re
from collections.abc import Sequence

from models.text import rulebook
from models.text.found import Entity
from models.text.sentences import Mark
from models.text.tokens import Words

_DRINK = re.compile(
    r"alcohol|etoh|drink|depend|abuse|misuse|excess|\baud\b|use disorder|addict", re.IGNORECASE
)
_SIGNS_BETWEEN = frozenset(("-", "–", ">", "(", "["))
_OF_WHAT_IS = re.compile(
    r"\b(?:progression|worsening|exacerbation|flare|driver|drivers|complications?|"
    r"decompensation|deterioration|"
    r"contribut\w+ to|add(?:s|ing) to|explain(?:s|ing)?|aggravat\w+|account\w* for|behind) (?:of )?"
    r"(?:the |his |her |their |known )?\Z",
    re.IGNORECASE,
)
"""What stands before something that is there, whatever is doubted of it: `progression of dementia`."""
_LISTS = frozenset(("ddx", "differential", "differentials", "dd", "diff"))
_CAUSED = frozenset(("is", "are", "was", "were", "due", "from", "related", "caused", "reflects", "means"))
_THE = frozenset(("the", "his", "her", "their", "this", "these", "your", "my"))
_THINKS = frozenset(("think", "feel", "believe", "suspect"))
_WORRIED = frozenset(
    (
        "school",
        "mum",
        "mom",
        "mother",
        "dad",
        "father",
        "parents",
        "parent",
        "wife",
        "husband",
        "family",
        "teacher",
        "teachers",
        "staff",
        "nursery",
        "daughter",
        "son",
        "carer",
        "carers",
        "pt",
        "patient",
        "partner",
        "gp",
        "is",
        "was",
    )
)
_SCORED = re.compile(r"\s*(?:[A-Za-z]+ ){0,2}(?:[1-9]|10) ?/ ?10\b")
"""How bad it is, of what was thought to be denied: `no pain at rest, pain 5/10 on walking`."""
_PERSISTS = re.compile(
    r"\s*(?:limit|still|fail|(?:is |are )?(?:not|no) (?:sett|improv|better|resol|heal|"
    r"respon|contr)|unresolved|"
    r"ongoing|uncontrolled|refractory|(?:does|do|has|have|is) ?n[o'’]?t (?:sett|improv|"
    r"resol|heal|respon|gone|clear))",
    re.IGNORECASE,
)
"""What is said of something that is there: `joint replacement if pain limits her`."""
_LASTING = re.compile(r"[^.;\n]{0,16}(?:\b(?:x|for|since|past) ?\d|\b\d+ ?/ ?(?:7|52|12)\b)", re.IGNORECASE)
_DASHED = re.compile(
    r"\s[-–—]\s+(?!(?:is|was|were|are|still|now|felt|thought|considered|also|but|and|very)\b)[^\W\d]{3}"
)
_PARTS_TREATED = rulebook.words("treated_now")
_WIDTH = 72
"""Characters of a line that may have been broken by the width of a page."""
_PARTS = rulebook.words("likely_itself")
"""What is said of something likely itself, not of what follows."""


def of_another(mark: Mark, words: Words, known: Entity, span: tuple[int, int]) -> bool:
    """Tell whether a cue speaks of something else than this: `LBP ?radiculopathy`, a line below."""
    if mark.where == "before":
        return _past_sign(mark, words) or _before(mark, words, known, span)
    return mark.where == "after" and mark.cue.first >= span[1] and _behind(mark, words, known, span)


def _behind(mark: Mark, words: Words, known: Entity, span: tuple[int, int]) -> bool:
    """Tell whether a cue behind an entity speaks of something else."""
    cue, between = words.lower[mark.cue.first], words.text[known.end : words.starts[mark.cue.first]]
    if mark.flag == "negated":
        return cue in {"none", "nil"} and words.texts[mark.cue.first - 1] == ","
    if _next_line(words.text, known.end, between, mark.flag):
        return True
    if mark.flag == "historical":
        sober = cue == "abstinent" and not _DRINK.search(known.text)
        return sober or _over_other(mark, words, known, (span, between))
    if mark.flag == "hypothetical":
        lasting = known.chronic or any(code.code[:1] == "O" for code in known.codes)
        return lasting and (cue == "clinic" or _parted(between))
    return mark.flag == "uncertain" and _doubts_next(mark, words, between, span)


def _before(mark: Mark, words: Words, known: Entity, span: tuple[int, int]) -> bool:
    """Tell whether a cue before an entity speaks of what the entity does, or of why something is not done."""
    cue = words.lower[mark.cue.first : mark.cue.last]
    if mark.flag == "uncertain":
        return _doubts_cause(mark, words, known, span)
    if mark.flag == "negated":
        return _denies_other(mark, words, known, span)
    behind = known.end
    if mark.flag == "hypothetical":
        near = span[0] - mark.cue.last <= 3 and cue[-1] == "if"
        return near and bool(_PERSISTS.match(words.text, behind, behind + 40))
    if mark.flag == "historical" and cue == ("hx",) and words.texts[mark.cue.last] == ":":
        return known.kind == "symptom" or bool(_LASTING.match(words.text, behind, behind + 30))
    return False


def _doubts_cause(mark: Mark, words: Words, known: Entity, span: tuple[int, int]) -> bool:
    """Tell whether the cause, the course or a list of causes is doubted, not what has them."""
    lower, ahead = words.lower, words.lower[span[1] : span[1] + 7]
    cue = lower[mark.cue.first : mark.cue.last]
    if _OF_WHAT_IS.search(words.text, max(0, known.start - 40), known.start):
        return True
    if not _LISTS.isdisjoint(cue) and ahead[:1] == (":",):
        return True
    if known.kind != "symptom":
        return False
    if "whether" in cue or "if" in cue:
        return not _CAUSED.isdisjoint(ahead)
    subject = lower[max(0, mark.cue.first - 2) : mark.cue.first]
    return ("re" in cue or "about" in cue) and not _WORRIED.isdisjoint(subject)


def _denies_other(mark: Mark, words: Words, known: Entity, span: tuple[int, int]) -> bool:
    """Tell whether a cause is denied, a disease is the reason, or it is said how bad something is."""
    cue, before = words.lower[mark.cue.first : mark.cue.last], words.lower[span[0] - 1]
    if _THINKS.intersection(cue) and before in _THE and _due(words.lower[span[1] : span[1] + 7]):
        return True
    if before == "as" and known.chronic:
        return True
    return span[0] - mark.cue.last > 1 and bool(_SCORED.match(words.text, known.end, known.end + 24))


def _due(ahead: Sequence[str]) -> bool:
    """Tell whether a cause is named."""
    return not {"due", "because", "from", "related", "caused", "explained", "secondary"}.isdisjoint(ahead)


def _over_other(mark: Mark, words: Words, known: Entity, place: tuple[tuple[int, int], str]) -> bool:
    """Tell whether what is over is something else: another sentence, drugs, an injury on top of a disease."""
    (first, _), between = place
    if len(between) > 8 and between[:2] == ". ":
        return True
    if not known.chronic:
        return False
    if words.lower[first - 1] in {"on", "upon"} and between.strip() in {"", "("}:
        return True
    cancer = any(code.code[:1] == "C" for code in known.codes)
    return cancer and not _PARTS_TREATED.isdisjoint(words.lower[mark.cue.last : mark.cue.last + 8])


def _doubts_next(mark: Mark, words: Words, between: str, span: tuple[int, int]) -> bool:
    """Tell whether a doubt behind an entity is of a name that follows, or of one behind a dash."""
    lower, last = words.lower, span[1]
    cue = lower[mark.cue.first : mark.cue.last]
    if cue[0] == "?":
        return _asks_next(words, mark, last)
    if cue[0] in {"r", "rule", "query", "queried"} and cue[-1] in {"o", "out", "query"}:
        return _named_next(words, mark)
    of_next = cue[0] == "," or (cue[-1] == "likely" and cue[0] in {"likely", "most"})
    return (of_next and _named_next(words, mark)) or _parted(between)


def _parted(between: str) -> bool:
    """Tell whether a dash and a name stand between: `lesion - melanoma until proved otherwise`."""
    return _DASHED.search(between) is not None


def _past_sign(mark: Mark, words: Words) -> bool:
    """Tell whether a cue before an entity ends there: `LOC ?1 min. Amnesia`, `Falls risk: poor vision`."""
    cue, following = words.lower[mark.cue.first], words.texts[mark.cue.last]
    return (cue == "?" and following.isdigit()) or (cue == "risk" and following == ":")


def _next_line(text: str, end: int, between: str, flag: str) -> bool:
    """Tell whether a cue stands in another line, and lines are not only broken by the width of a page."""
    at = between.find("\n")
    if at < 0:
        return False
    following = between[at:].strip()[:1] or text[end + len(between)]
    return end + at - text.rfind("\n", 0, end) < _WIDTH or (
        flag in {"family", "other"} and following.isupper()
    )


def _asks_next(words: Words, mark: Mark, last: int) -> bool:
    """Tell whether a question mark is of what follows: it stands apart from what precedes it."""
    begin, end = words.starts[mark.cue.first], words.ends[mark.cue.last - 1]
    apart = words.text[begin - 1] in " (\n["
    behind = words.text[end : end + 2]
    following = (behind.lstrip()[:1].isalpha() or behind[:1].isdigit()) and "\n" not in behind
    away = mark.cue.first > last and not _SIGNS_BETWEEN.isdisjoint(words.texts[last : mark.cue.first])
    return (apart and following) or away


def _named_next(words: Words, mark: Mark) -> bool:
    """Tell whether a name follows `likely`, which so speaks of that: `anaemia likely multifactorial`."""
    at = mark.cue.last
    if at >= len(words.texts) or not words.texts[at][:1].isalnum():
        return False
    return (
        words.lower[at]
        not in {
            "given",
            "on",
            "but",
            "as",
            "in",
            "with",
            "at",
            "and",
            "or",
            "because",
            "than",
            "if",
            "vs",
            "versus",
        }
        | _PARTS
    )
