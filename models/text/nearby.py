"""Words that name a finding only beside others: `tender` beside a part of the body.

And words that name none beside others: `fit` before `for work`. A row of `rules/findings.toml` has the words,
and what has to stand within its reach before or behind them in the same sentence.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from models.text import wordings
from models.text.cues import RuleError
from models.text.lexical import stem
from models.text.lexicon import ICD10, Code, Entry
from models.text.rulebook import Rulebook, split

REACH = 4
NUMBER = "<n>"
_KNOWN = frozenset({"words", "kind", "code", "means", "before", "behind", "reach"})


class Beside(NamedTuple):
    """What a word stands for where one of these words is near it."""

    entry: Entry
    before: frozenset[str]
    behind: frozenset[str]
    reach: int
    means: str


@dataclass(frozen=True)
class Nearby:
    """By word, in the order of the file: what it may stand for."""

    rows: Mapping[str, tuple[Beside, ...]]

    def find(
        self, stems: Sequence[str], sentences: Sequence[tuple[int, int]]
    ) -> Iterator[tuple[int, Beside]]:
        """Yield the tokens that stand for something here; the first row that fits counts."""
        rows = self.rows
        places = [at for at, word in enumerate(stems) if word in rows]
        if not places:
            return
        sentence = iter(sentences)
        first, last = next(sentence)
        for at in places:
            while at >= last:
                first, last = next(sentence)
            for row in rows[stems[at]]:
                if _fits(row, stems, at, (first, last)):
                    yield at, row
                    break


def _fits(row: Beside, stems: Sequence[str], at: int, within: tuple[int, int]) -> bool:
    first, last = within
    if row.before and not row.before.isdisjoint(_plain(stems[max(first, at - row.reach) : at])):
        return True
    return bool(row.behind) and not row.behind.isdisjoint(
        _plain(stems[at + 1 : min(last, at + 1 + row.reach)])
    )


def _plain(stems: Sequence[str]) -> list[str]:
    return [NUMBER if word.isdigit() else word for word in stems]


def nearby(rules: Rulebook) -> Nearby:
    """Return the rows of the rule file; raise `RuleError` naming one that is not of its form."""
    table = rules["findings"]
    found: dict[str, list[Beside]] = {}
    for row in table.get("beside", ()):
        one = _row(row, table.get("sets", {}))
        for word in split(row["words"]):
            found.setdefault(stem(word), []).append(one)
    return Nearby({word: tuple(rows) for word, rows in found.items()})


def _row(row: Mapping[str, Any], sets: Mapping[str, str]) -> Beside:
    if set(row) - _KNOWN or "words" not in row or not ("before" in row or "behind" in row):
        raise RuleError(
            f"findings.toml: a row has words, kind, code, means, before, behind, reach: {dict(row)}"
        )
    kind, means = row.get("kind", ""), row.get("means", "")
    codes = (Code(ICD10, row["code"], means or split(row["words"])[0], 0.6),) if row.get("code") else ()
    before, behind = (_side(row.get(side, ""), sets) for side in ("before", "behind"))
    entry = Entry(kind, codes, "rules" if kind else "nothing")
    return Beside(entry, before, behind, int(row.get("reach", REACH)), means)


def _side(listed: str, sets: Mapping[str, str]) -> frozenset[str]:
    """Return the words of one side, those of named sets (`@body`) among them."""
    found: set[str] = set()
    for word in split(listed):
        named = wordings.members(word[1:], sets, where="findings.toml") if word.startswith("@") else [word]
        found.update(stem(one) if one != NUMBER else one for one in named)
    return frozenset(found)
