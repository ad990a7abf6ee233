"""Train how likely it is that what reads as present is: logistic regression, judged by authors left out.

What a reader finds in notes of ours and in case reports is compared with what is marked there. The operating
point is chosen where every author's notes were read by a score that had seen none of that author's.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from typing import Any

import numpy as np

from models.text import mentions, notes, standing, weights
from models.text.counts import Count, total
from models.text.learning import corpora
from models.text.lexical import Pieces
from models.text.network import load_pieces
from models.text.reading import Reader

STRENGTH = 0.3
REPORTS = 0.1
"""What an example of a case report counts: its prose is not that of notes."""
READS = 3.0
"""What an example counts that reads as present: of these alone the score decides."""
JUDGED = ("mix", "d", "trap", "q", "u", "v", "w", "x")
"""Authors, by the names of their notes, whose notes were written to mislead."""
DECIDING = ("q", "u", "v", "w", "x")
"""The last of them, whose notes the cues have seen least: the operating point is theirs."""
NEEDED = 0.91
"""Precision where authors are left out; above what is asked, since the cues have seen these notes, too."""
_STEPS = tuple(round(0.05 * n, 2) for n in range(1, 15))
DISEASES = ("Sign_symptom", "Disease_disorder")


@dataclass(frozen=True)
class Seen:
    """One thing found in a note: its features, whether it is present (None: free), and the marks it tells."""

    row: mentions.Row
    present: bool | None
    reads: bool
    marks: frozenset[int]


@dataclass(frozen=True)
class Read:
    """One note as a reader finds it."""

    author: str
    seen: tuple[Seen, ...]
    needed: int
    """How many marks are present."""


def read(known: Reader, author: str, text: str, marks: Sequence[tuple[int, int, bool | None]]) -> Read:
    """Return what a reader finds in a text, against what is marked."""
    page, named = known.told(text)
    made = []
    for at, row in mentions.rows(page.words, named, page.sections, standing.scored):
        one = named[at]
        meant = [n for n, (start, end, _) in enumerate(marks) if start < one.end and one.start < end]
        told = [marks[n][2] for n in meant]
        label = True if True in told else None if None in told else False
        right = frozenset(n for n in meant if marks[n][2])
        made.append(Seen(row, label, one.present, right))
    return Read(author, tuple(made), sum(bool(present) for *_, present in marks))


def own(known: Reader) -> list[Read]:
    """Return our open notes."""
    open_ones = [note for note in notes.load() if not note.closed]
    return [_own(known, note) for note in (*open_ones, *notes.present())]


def _own(known: Reader, note: notes.Note) -> Read:
    marks = [
        (mark.start, mark.end, None if "~" in mark.flags else mark.present)
        for mark in note.marks
        if mark.kind in mentions.KINDS
    ]
    author = note.name.partition("-")[0]
    return read(known, author if author in JUDGED else "own", note.text, marks)


def reports(known: Reader, data: str | None) -> list[Read]:
    """Return case reports."""
    return [
        read(
            known,
            "reports",
            report.text,
            [(span.start, span.end, not span.polarity) for span in report.spans if span.kind in DISEASES],
        )
        for report in corpora.maccrobat(data)
    ]


def fit(seen: Iterable[Read], seed: int) -> Any:
    """Return the fitted regression."""
    rows = [(one, note.author) for note in seen for one in note.seen if one.present is not None]
    model = import_module("sklearn.linear_model").LogisticRegression(
        C=STRENGTH, solver="liblinear", max_iter=2000, random_state=seed
    )
    return model.fit(
        matrix([one.row for one, _ in rows]),
        [bool(one.present) for one, _ in rows],
        sample_weight=[
            (REPORTS if author == "reports" else 1.0) * (READS if one.reads else 1.0) for one, author in rows
        ],
    )


def matrix(rows: Sequence[mentions.Row]) -> Any:
    """Return features as rows of a sparse matrix: buckets, then the mean vector of each group of words."""
    sparse = import_module("scipy.sparse")
    places = [sorted({standing.bucket(name) for name in row.named()}) for row in rows]
    ends = np.cumsum([0, *map(len, places)])
    flat = np.array([column for row in places for column in row], np.int64)
    shape = (len(rows), standing.BUCKETS)
    buckets = sparse.csr_matrix((np.ones(len(flat), np.float32), flat, ends), shape=shape)
    return sparse.hstack([buckets, sparse.csr_matrix(np.stack([meant(row) for row in rows]))]).tocsr()


def meant(row: mentions.Row) -> Any:
    """Return the mean vector of each group of words, one after the other."""
    none = np.zeros(pieces().width, np.float32)
    by_place = dict(row.words)
    means = [
        np.mean([vector(word) for word in sorted(by_place[place])], 0) if by_place[place] else none
        for place in mentions.PLACES
    ]
    return standing.SCALE * np.concatenate(means)


@lru_cache(maxsize=100_000)
def vector(word: str) -> Any:
    """Return the vector of a word."""
    return pieces().vector(word)


@lru_cache(maxsize=1)
def pieces() -> Pieces:
    """Return the pieces of words."""
    return load_pieces(weights.read("pieces.bin"))


def judged(seen: Sequence[Read], seed: int) -> dict[str, dict[float, Count]]:
    """Return for each author of misleading notes what is right from each probability on.

    By a score that saw none of the author's notes.
    """
    found = {}
    for author in JUDGED:
        model = fit([note for note in seen if note.author != author], seed)
        held = [(note, _likely(model, note)) for note in seen if note.author == author]
        found[author] = {least: total([_counted(*pair, least) for pair in held]) for least in (0.0, *_STEPS)}
    return found


def _likely(model: Any, note: Read) -> list[float]:
    if not note.seen:
        return []
    return [float(one) for one in model.predict_proba(matrix([one.row for one in note.seen]))[:, 1]]


def _counted(note: Read, likely: Sequence[float], least: float) -> Count:
    told = [one for one, sure in zip(note.seen, likely, strict=True) if one.reads and sure >= least]
    right = len(frozenset().union(*(one.marks for one in told)))
    return Count(right, sum(one.present is False for one in told), note.needed - right)


def least(found: dict[str, dict[float, Count]]) -> float:
    """Return the lowest probability from which on the precision over these authors is enough."""
    for step in _STEPS:
        counts = total([found[author][step] for author in DECIDING])
        if counts.right >= NEEDED * (counts.right + counts.wrong):
            return step
    return _STEPS[-1]


def figures(found: dict[str, dict[float, Count]], at: float) -> dict[str, Any]:
    """Return precision and recall of each author by cues alone and with the score."""
    return {
        author: {
            name: [
                round(rows[step].right / max(1, rows[step].right + rows[step].wrong), 3),
                round(rows[step].right / max(1, rows[step].right + rows[step].missed), 3),
            ]
            for name, step in (("cues alone", 0.0), ("with the score", at))
        }
        for author, rows in found.items()
    }


def train(known: Reader, data: str | None, seed: int) -> Iterator[str]:
    """Train the score and write it; yield lines of progress."""
    seen = [*own(known), *reports(known, data)]
    yield f"presence: {len(seen)} texts, {sum(len(note.seen) for note in seen)} problems and symptoms"
    held = judged(seen, seed)
    chosen = least(held)
    told = figures(held, chosen)
    yield f"presence, authors left out, from {chosen}: {told}"
    model = fit(seen, seed)
    about = {
        "data": "own notes, MACCROBAT (CC BY 4.0)",
        "seed": seed,
        "bias": float(model.intercept_[0]),
        "least": chosen,
        "authors left out": told,
    }
    coefficients = model.coef_[0].astype(np.float16)
    arrays = {
        "weight": coefficients[: standing.BUCKETS],
        "groups": coefficients[standing.BUCKETS :].reshape(len(mentions.PLACES), -1),
    }
    digest = weights.write("standing.bin", about, arrays)
    yield f"standing.bin: sha256 {digest[:12]}"
