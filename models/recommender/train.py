"""Train the ranking: a ridge in closed form for each view, written as whole numbers that serving adds up."""

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from models.recommender import artefact as artefacts
from models.recommender.artefact import SCALE, Artefact, Entry, Item, Weights
from models.recommender.corpus import Corpus, read_corpus
from models.recommender.drugs import Drugs, load
from models.recommender.features import VIEWS, View
from models.recommender.history import Event, History, events
from models.recommender.matrices import Matrix, Space, ridge

PENALTY: Mapping[View, float] = {"dated": 20.0, "plain": 10.0}
FIRST = 1.5
"""Weight of events with an item that the person never had, which renewals outnumber."""
LEAST = 5
"""Weights below this many ten-thousandths are dropped."""
VERSION = "2026.1"
LINK_ORDERS, LINK_LIFT, LINK_DAYS = 5, 4.0, 370
"""First orders of an item with a condition begun within days, and how much oftener than else."""


def train(_name: str, *, data: str | None, seed: int = 0, folder: Path = artefacts.FOLDER) -> Iterator[str]:
    """Train on the data in a folder, write the weights and register them; yield lines of progress.

    The solution is closed: the seed is kept with the version and changes nothing.
    """
    corpus = read_corpus(data)
    yield f"{corpus.kind}: {len(corpus.histories)} people with orders, {corpus.left_out} left out"
    drugs = load()
    moments = events(corpus.histories, drugs, VIEWS)
    yield f"{len(moments)} moments of ordering, {sum(len(one.ordered) for one in moments)} orders"
    version = VERSION if corpus.kind == "synthea-617" else f"site-{corpus.sha256[:8]}"
    made = fit(moments, corpus.histories, drugs, version=version)
    yield from _kept(made, corpus, moments, seed=seed, folder=folder)


def fit(
    moments: Sequence[Event], histories: Sequence[History], drugs: Drugs, *, version: str = VERSION
) -> Artefact:
    """Return the artefact learned from some events."""
    views = {view: weights(moments, Space.of(moments, view)) for view in VIEWS}
    names = {one.code: one.name for history in histories for one in history.problems if one.name}
    return Artefact(version, _items(moments, histories, drugs), views, names)


def weights(moments: Sequence[Event], space: Space) -> Weights:
    """Return one view's weights as whole numbers, small ones dropped."""
    found, base = ridge(
        space.states(moments), space.orders(moments), event_weights(moments), PENALTY[space.view]
    )
    whole = np.rint(found * SCALE).astype(int)
    return Weights(
        tuple(int(one) for one in np.rint(base * SCALE)),
        {name: pairs for name, row in space.features.items() if (pairs := _pairs(whole[row]))},
    )


def event_weights(moments: Sequence[Event]) -> Matrix:
    """Return how much each event counts."""
    return np.array([FIRST if any(one.first_of_item) else 1.0 for one in moments], np.float32)


def _pairs(row: "np.ndarray[tuple[int, ...], np.dtype[np.int_]]") -> tuple[tuple[int, int], ...]:
    return tuple((int(place), int(row[place])) for place in np.flatnonzero(abs(row) >= LEAST))


def _items(moments: Sequence[Event], histories: Sequence[History], drugs: Drugs) -> tuple[Item, ...]:
    named = {one.rxcui: one.name for history in histories for one in history.orders}
    count = Counter(code for one in moments for code in one.ordered)
    links = _links(moments)
    return tuple(
        Item(code, named[code], drugs.ingredients(code, named[code]), count[code], links.get(code, ()))
        for code in sorted(count)
    )


def _links(moments: Sequence[Event]) -> dict[str, tuple[str, ...]]:
    """Return for each item the conditions that were clearly oftener new when it was first ordered."""
    firsts: Counter[str] = Counter()
    having: Counter[str] = Counter()
    both: Counter[tuple[str, str]] = Counter()
    for one in moments:
        new = {c.code.code for c in one.patient.active if c.days_ago is not None and c.days_ago < LINK_DAYS}
        having.update(new)
        for code, first in zip(one.ordered, one.first_of_item, strict=True):
            if first:
                firsts[code] += 1
                both.update((code, condition) for condition in new)
    found: dict[str, list[str]] = {}
    for (code, condition), number in sorted(both.items()):
        lift = number / having[condition] * len(moments) / firsts[code]
        if number >= LINK_ORDERS and lift >= LINK_LIFT:
            found.setdefault(code, []).append(condition)
    return {code: tuple(conditions) for code, conditions in found.items()}


def _kept(
    made: Artefact, corpus: Corpus, moments: Sequence[Event], *, seed: int, folder: Path
) -> Iterator[str]:
    name, data = artefacts.write(made, folder)
    entry = Entry(
        version=made.version,
        file=name,
        sha256=hashlib.sha256(data).hexdigest(),
        data=corpus.kind,
        data_sha256=corpus.sha256,
        data_licence=corpus.licence,
        seed=seed,
        patients=len(corpus.histories),
        orders=sum(len(one.ordered) for one in moments),
        items=len(made.items),
    )
    artefacts.register(entry, folder)
    yield f"{name}: {len(data):,} bytes, SHA-256 {entry.sha256}"
    yield f"recommender {made.version} is trained; `clinicards evaluate recommender` shows its figures"
