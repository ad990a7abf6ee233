"""`clinicards train text --data DIR`: the tagger, what tells science from notes, and what tells sections.

Every corpus is asked for before anything is begun, so that what is absent is named at once. The weights
that ship are trained on train and devel files together; the figures of the devel files that are kept with
them are those of a network of the same making that saw the train files alone.
"""

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from models.text import notes
from models.text.lexical import stem
from models.text.tokens import TOKEN

EPOCHS = 9
STRENGTH = 10.0
CORPORA = ("bc5cdr", "ncbi-disease", "maccrobat-dev", "mts-dialog", "negex")


def train(name: str, *, data: str | None, seed: int) -> Iterator[str]:
    """Train all parts and write them to `models/text/weights`; yield lines of progress."""
    # Loaded here alone: torch and sklearn are of the extra `train`, and serving has neither.
    from models.text.learning import corpora

    places = {corpus: corpora.folder(data, corpus) for corpus in CORPORA}
    yield f"{name}: {', '.join(places)}"
    yield from train_linear(data, seed)
    yield from train_tagger(data, seed)
    yield from train_presence(data, seed)


def train_presence(data: str | None, seed: int) -> Iterator[str]:
    """Train how likely it is that what reads as present is: last, since it reads with all other parts."""
    from models.text import rulebook
    from models.text.learning import presence
    from models.text.parts import Parts
    from models.text.reading import Reader

    # A reader of its own: the one in use may hold a tagger from before.
    yield from presence.train(Reader(Parts(rulebook.load(None))), data, seed)


def train_linear(data: str | None, seed: int) -> Iterator[str]:
    """Train what tells science from notes and the section of a passage."""
    from models.text.learning import corpora, linear

    known, held = corpora.dialogues(data, "Training"), corpora.dialogues(data, "Validation")
    folds = [
        _passages(known[:at] + known[at + size :], known[at : at + size], seed)
        for at, size in _folds(len(known))
    ]
    figures = {
        "five folds of the training set": {
            form: round(sum(f[form] for f in folds) / len(folds), 4) for form in folds[0]
        },
        "validation set, trained on the training set": _passages(known, held, seed),
    }
    yield f"sections of passages: {figures}"
    model, rare = linear.fit(*_both(known + held), letters=True, seed=seed, strength=STRENGTH)
    about = {"data": "MTS-Dialog, CC BY 4.0", "seed": seed, "validation": figures}
    digest = linear.save("passages.bin", model, rare, about, letters=True)
    yield f"passages.bin: {len(known) + len(held)} passages, as text and as dialogue, sha256 {digest[:12]}"
    yield from _train_register(data, seed)


def _train_register(data: str | None, seed: int) -> Iterator[str]:
    from models.text.learning import linear

    science, clinic = _science(data), _clinic(data)
    model, rare = linear.fit(
        [*science, *clinic],
        ["literature"] * len(science) + ["clinic"] * len(clinic),
        letters=False,
        seed=seed,
    )
    about = {
        "data": "BC5CDR, NCBI disease, MTS-Dialog (CC BY 4.0), NegEx (Apache-2.0), own notes",
        "seed": seed,
    }
    digest = linear.save("register.bin", model, rare, about, letters=False)
    yield f"register.bin: {len(science)} of science, {len(clinic)} of clinics, sha256 {digest[:12]}"


def _folds(count: int) -> list[tuple[int, int]]:
    size = -(-count // 5)
    return [(at, size) for at in range(0, count, size)]


def _both(rows: Sequence[tuple[str, str, str]]) -> tuple[list[list[str]], list[str]]:
    """Return passages as written and as spoken, with their labels: either may be asked for."""
    texts = [_words(text) for text, _, _ in rows] + [_words(spoken) for _, spoken, _ in rows]
    return texts, [label for *_, label in rows] * 2


def _passages(known: Sequence[Any], held: Sequence[Any], seed: int) -> dict[str, float]:
    """Return how often the section of held-out passages is told, as written and as spoken."""
    from models.text.learning import linear

    model, rare = linear.fit(*_both(known), letters=True, seed=seed, strength=STRENGTH)
    texts, labels = _both(held)
    told = model.predict(linear.matrix(texts, rare, letters=True)) == labels
    half = len(held)
    return {"text": round(float(told[:half].mean()), 4), "dialogue": round(float(told[half:].mean()), 4)}


def _words(text: str) -> list[str]:
    return [word.lower() for word in TOKEN.findall(text)]


def _science(data: str | None) -> list[list[str]]:
    """Return single sentences and runs of eight, as abstracts and their sentences are."""
    from models.text.learning import corpora

    found = []
    for corpus in ("bc5cdr", "ncbi-disease"):
        for part in ("train", "devel"):
            path = corpora.folder(data, corpus) / f"{part}.tsv"
            sentences = [[w.lower() for w in one.words] for one in corpora.iob(path, chemicals=True)]
            found += sentences
            found += [list(chain.from_iterable(sentences[at : at + 8])) for at in range(0, len(sentences), 8)]
    return found


def _clinic(data: str | None) -> list[list[str]]:
    """Return sentences, passages and notes of clinics.

    Case reports are science, in whose words they are written.
    """
    from models.text.learning import corpora

    found = [_words(row.text) for row in corpora.negex(data)]
    found += [_words(text) for text, _, _ in corpora.dialogues(data, "Training")]
    for note in notes.load():
        if not note.closed:
            found += [_words(line) for line in note.text.splitlines() if line.strip()]
            found.append(_words(note.text))
    return found


def examples(data: str | None, *, devel: bool) -> Iterator[Any]:
    """Yield the sentences that the tagger learns from."""
    from models.text.learning import corpora

    for corpus, chemicals in (("bc5cdr", True), ("ncbi-disease", False)):
        for part in ("train", "devel") if devel else ("train",):
            yield from corpora.iob(corpora.folder(data, corpus) / f"{part}.tsv", chemicals=chemicals)
    for report in corpora.maccrobat(data):
        yield from corpora.report_examples(report)
    for note in notes.load():
        if not note.closed:
            yield from corpora.clinical_examples(note.text, note.tagged(), tests=False)


def devel(data: str | None) -> dict[str, Sequence[Any]]:
    """Return the devel sentences of each corpus, ready."""
    from models.text.learning import corpora, fit

    return {
        corpus: [
            fit.ready(one)
            for one in corpora.iob(Path(corpora.folder(data, corpus)) / "devel.tsv", chemicals=chemicals)
        ]
        for corpus, chemicals in (("bc5cdr", True), ("ncbi-disease", False))
    }


def plain(data: str | None) -> list[str]:
    """Return the words, by their stems, that occur at least twice in the corpora and never within a name."""
    outside: Counter[str] = Counter()
    inside: Counter[str] = Counter()
    for example in examples(data, devel=True):
        for word, allowed in zip(example.words, example.allowed, strict=True):
            (outside if 0 in allowed else inside)[stem(word)] += 1
    for row in _clinic(data):
        outside.update(set(map(stem, row)))
    return sorted(
        word for word, count in outside.items() if count > 1 and word.isalpha() and count > 40 * inside[word]
    )


def compare(data: str | None, seed: int, *, epochs: int = 4) -> dict[str, dict[str, float]]:
    """Return what each kind of network reaches on devel files after few epochs on train files.

    And its speed.
    """
    from models.text.learning import fit, nets

    rows = [fit.ready(one) for one in examples(data, devel=False)]
    held = devel(data)
    found = {}
    for kind in nets.KINDS:
        *_, net = fit.fit(kind, rows, seed=seed, epochs=epochs)
        began = time.process_time()
        scores = {corpus: round(fit.f1(net, own, _KINDS[corpus]), 4) for corpus, own in held.items()}
        words = sum(len(row.example.words) for own in held.values() for row in own)
        found[kind] = {**scores, "words_per_second_in_torch": round(words / (time.process_time() - began))}
    return found


_KINDS: dict[str, tuple[int, ...]] = {"bc5cdr": (1, 3), "ncbi-disease": (3,)}


def train_tagger(
    data: str | None, seed: int, *, kind: str = "convolution", epochs: int = EPOCHS
) -> Iterator[str]:
    """Train the tagger: once on train files for its figures, once on all that ships."""
    from models.text import weights
    from models.text.learning import corpora, fit

    figures = {}
    for whole in (False, True):
        began, part = time.monotonic(), "all" if whole else "train"
        rows = [fit.ready(one) for one in examples(data, devel=whole)]
        nets = []
        for epoch, net in enumerate(fit.fit(kind, rows, seed=seed, epochs=epochs), 1):
            nets = [net]
            yield f"{part}: epoch {epoch} of {epochs}, {time.monotonic() - began:.0f} s"
        net = nets[0]
        if not whole:
            figures = {
                corpus: round(fit.f1(net, held, _KINDS[corpus]), 4) for corpus, held in devel(data).items()
            }
            yield f"devel files, exact spans: {figures}"
    comparison = compare(data, seed)
    yield f"kinds of networks: {comparison}"
    about = {
        "comparison": comparison,
        "tags": [list(corpora.LITERATURE), list(corpora.CLINICAL)],
        "layers": net.size.layers,
        "devel": figures,
        "data": "BC5CDR, NCBI disease, MACCROBAT (CC BY 4.0), own notes",
        "seed": seed,
        "epochs": epochs,
        "sentences": len(rows),
        "plain": plain(data),
    }
    digest = weights.write("tagger.bin", about, fit.arrays(net))
    yield f"tagger.bin: {len(rows)} sentences, sha256 {digest}"
