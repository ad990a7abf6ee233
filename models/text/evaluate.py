"""`clinicards evaluate text [--data DIR]`: every task, by document, with 95 % intervals.

Our own notes need no folder.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from models.base import ModelError
from models.text import claiming, counts, notes, speed, weights
from models.text.counts import Count
from models.text.features import Reader, reader
from models.text.found import Entity, Understood
from models.text.learning import corpora

DISEASES = ("Sign_symptom", "Disease_disorder")


def evaluate(name: str, *, data: str | None, peer_python: Path | None = None) -> dict[str, Any]:
    """Return the figures of all tasks; one whose corpus is absent says what is missing.

    With another Python that has them, negspaCy and medspaCy answer the same questions in the same run.
    """
    known = reader()
    tasks: Mapping[str, Callable[[], dict[str, Any]]] = {
        "notes": lambda: own_notes(known),
        "unseen": lambda: {"present": counts.figures([_present_in(n, known) for n in notes.unseen()])},
        "claims": lambda: claiming.measured(known),
        "negex": lambda: negex(known, data),
        "maccrobat": lambda: maccrobat(known, data),
        "spans": lambda: spans(known, data),
        "passages": lambda: passages(known, data),
        "speed": lambda: speed.measured(known),
    }
    report = {task: _or_absent(run) for task, run in tasks.items()}
    if peer_python is not None:
        # Loaded here, since it needs this module's definition of what is asked.
        from models.text.peers import compared

        report["peers"] = {peer: compared(peer_python, peer, data=data) for peer in ("negspacy", "medspacy")}
    return {"model": name, **report, "comparison": _comparison()}


def _or_absent(run: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    try:
        return run()
    except ModelError as error:
        if error.code != "no-data":
            raise
        return {"absent": error.message}


def _comparison() -> Any:
    """Return what the kinds of networks reached when they were last compared in training."""
    return weights.read("tagger.bin").about.get("comparison", {})


def own_notes(known: Reader, *, closed: bool = True) -> dict[str, Any]:
    """Return how well the patient's present problems and symptoms are told, and everything named.

    In our notes.
    """
    own = [note for note in notes.load() if note.closed == closed]
    read = [(note, known.understand(note.text)) for note in own]
    by_specialty: dict[str, list[Count]] = defaultdict(list)
    by_kind: dict[str, list[Count]] = defaultdict(list)
    by_section: dict[str, list[Count]] = defaultdict(list)
    for note, found in read:
        by_specialty[note.specialty].append(present(note, found))
        for kind, count in named(note, found).items():
            by_kind[kind].append(count)
        for section, count in present_by_section(note, found).items():
            by_section[section].append(count)
    return {
        "half": "closed" if closed else "open",
        "present": counts.figures([present(note, found) for note, found in read]),
        "named": {kind: counts.figures(rows) for kind, rows in sorted(by_kind.items())},
        "flags": {flag: counts.figures(flags(known, own, flag, mark)) for flag, mark in _FLAGS.items()},
        "by_specialty": counts.grouped(by_specialty),
        "by_section": counts.grouped(by_section),
    }


_FLAGS = {"negated": "-", "uncertain": "?", "historical": "<", "hypothetical": ">", "family": "@"}
_PROBLEMS = frozenset({"problem", "symptom"})


def _touching(mark: notes.Marked, found: Iterable[Entity], kinds: frozenset[str]) -> list[Entity]:
    return [e for e in found if e.kind in kinds and e.start < mark.end and mark.start < e.end]


def present(note: notes.Note, found: Understood) -> Count:
    """Return how well one note's present problems are told; a span counts where it touches."""
    return counts.total(list(present_by_section(note, found).values()))


def _present_in(note: notes.Note, known: Reader) -> Count:
    return present(note, known.understand(note.text))


def present_by_section(note: notes.Note, found: Understood) -> dict[str, Count]:
    """Return the same by the section that each stands in; what may be told either way counts for nothing."""
    made: dict[str, Count] = defaultdict(Count)
    marked = [mark for mark in note.marks if mark.kind in _PROBLEMS]
    for mark in marked:
        told = _touching(mark, found.entities, _PROBLEMS)
        section = told[0].section if told else "not found"
        if mark.present:
            made[section] += counts.one(any(entity.present for entity in told), mark.present)
    for entity in found.entities:
        if entity.kind in _PROBLEMS and entity.present:
            meant = [m for m in marked if m.start < entity.end and entity.start < m.end]
            if not any(mark.present or "~" in mark.flags for mark in meant):
                made[entity.section] += Count(wrong=1)
    return made


def named(note: notes.Note, found: Understood) -> dict[str, Count]:
    """Return how well one note's things are found, by kind, whatever is said of them."""
    groups = {
        "problem or symptom": _PROBLEMS,
        **{kind: frozenset({kind}) for kind in ("medication", "procedure", "allergy")},
    }
    made = {}
    for name, kinds in groups.items():
        marks = [mark for mark in note.marks if mark.kind in kinds]
        told = [entity for entity in found.entities if entity.kind in kinds]
        right = sum(bool(_touching(mark, told, kinds)) for mark in marks)
        wrong = sum(not any(m.start < e.end and e.start < m.end for m in marks) for e in told)
        if marks or told:
            made[name] = Count(right, wrong, len(marks) - right)
    return made


def flags(known: Reader, own: Iterable[notes.Note], flag: str, mark: str) -> list[Count]:
    """Return how well a flag is told where the places are given; what is chronic may be historical or not."""
    made = []
    for note in own:
        places = [m for m in note.marks if not ("*" in m.flags and flag == "historical")]
        told = known.of_spans(note.text, [(m.start, m.end) for m in places])
        made.append(
            counts.total(
                [counts.one(_has(e, flag), mark in m.flags) for e, m in zip(told, places, strict=True)]
            )
        )
    return made


def _has(entity: Entity, flag: str) -> bool:
    return entity.experiencer == "family" if flag == "family" else bool(getattr(entity, flag))


def negex(known: Reader, data: str | None) -> dict[str, Any]:
    """Return negation, historical and hypothetical on the NegEx sentences, each a document."""
    made: dict[str, list[Count]] = defaultdict(list)
    for row in corpora.negex(data):
        entity = known.of_spans(row.text, [row.span])[0]
        made["negated"].append(counts.one(entity.negated, row.negated))
        made["historical"].append(counts.one(entity.historical, row.temporality == "Historical"))
        made["hypothetical"].append(counts.one(entity.hypothetical, row.temporality == "Not particular"))
    return {flag: counts.figures(rows) for flag, rows in made.items()}


def maccrobat(known: Reader, data: str | None) -> dict[str, Any]:
    """Return negation and uncertainty on case reports, by document."""
    made: dict[str, list[Count]] = defaultdict(list)
    for report in corpora.maccrobat(data):
        marked = [span for span in report.spans if span.kind in DISEASES]
        told = known.of_spans(report.text, [(span.start, span.end) for span in marked])
        pairs = list(zip(told, marked, strict=True))
        made["negated"].append(counts.total([counts.one(e.negated, s.polarity == "NEG") for e, s in pairs]))
        doubts = [counts.one(e.uncertain, s.polarity in corpora.UNCERTAIN) for e, s in pairs]
        made["uncertain"].append(counts.total(doubts))
    return {flag: counts.figures(rows) for flag, rows in made.items()}


def spans(known: Reader, data: str | None) -> dict[str, Any]:
    """Return exact spans: the held-out figures of training and, where there is a `test.tsv`.

    Those of the whole path.
    """
    made: dict[str, Any] = {
        "devel, trained on train alone": dict(weights.read("tagger.bin").about.get("devel", {}))
    }
    for corpus, chemicals in (("bc5cdr", True), ("ncbi-disease", False)):
        path = corpora.folder(data, corpus) / "test.tsv"
        if path.exists():
            sentences = list(corpora.iob(path, chemicals=chemicals))
            made[f"{corpus} test"] = counts.figures(
                [exact(known, one, chemicals=chemicals) for one in sentences]
            )
    return made


def exact(known: Reader, example: corpora.Example, *, chemicals: bool) -> Count:
    """Return the exact spans of one sentence, told from its plain text."""
    text, places, at = " ".join(example.words), [], 0
    for word in example.words:
        places.append((at, at + len(word)))
        at += len(word) + 1
    gold = {
        (places[first][0], places[last - 1][1], corpora.LITERATURE[kind])
        for first, last, kind in corpora.spans_of([min(t) if len(t) == 1 else 0 for t in example.allowed])
    }
    kinds = {
        "problem": "B-disease",
        "symptom": "B-disease",
        **({"medication": "B-chemical"} if chemicals else {}),
    }
    told = {(e.start, e.end, kinds[e.kind]) for e in known.understand(text).entities if e.kind in kinds}
    return counts.of_sets(told, gold)


def passages(known: Reader, data: str | None) -> dict[str, Any]:
    """Return what cross-validation reached in training: all of MTS-Dialog at hand is trained on."""
    del data
    return dict(weights.read("passages.bin").about.get("validation", {})) | {
        "classes": len(known.parts.labels.labels)
    }
