"""Read the corpora that text models are trained on, from the folder that `--data` names."""

import csv
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from models.base import ModelError
from models.text.tokens import Words, read

LITERATURE = ("O", "B-chemical", "I-chemical", "B-disease", "I-disease")
CLINICAL = (
    "O",
    "B-problem",
    "I-problem",
    "B-symptom",
    "I-symptom",
    "B-medication",
    "I-medication",
    "B-procedure",
    "I-procedure",
    "B-test",
    "I-test",
)
CORPORA = {
    "bc5cdr": "BC5CDR as IOB files (MTL-Bioinformatics-2016 on GitHub), CC BY 4.0",
    "ncbi-disease": "NCBI disease as IOB files (MTL-Bioinformatics-2016 on GitHub), CC BY 4.0",
    "maccrobat-dev": "MACCROBAT2020, case reports in brat's form (figshare), CC BY 4.0",
    "mts-dialog": "MTS-Dialog (abachaa/MTS-Dialog on GitHub), CC BY 4.0",
    "negex": "NegEx test kit (chapmanbe/negex on GitHub), Apache-2.0",
}
_MACCROBAT = {
    "Sign_symptom": "symptom",
    "Disease_disorder": "problem",
    "Medication": "medication",
    "Therapeutic_procedure": "procedure",
    "Diagnostic_procedure": "test",
}
UNCERTAIN = frozenset({"UNCERTAIN", "MAYBE_POS", "MAYBE_NEG"})


@dataclass(frozen=True)
class Example:
    """One sentence: its words, and for each the tags that it may have; one tag where it is known."""

    words: tuple[str, ...]
    allowed: tuple[frozenset[int], ...]
    head: int
    """0 for literature's tags, 1 for the clinic's."""


@dataclass(frozen=True)
class Span:
    """An annotated span of a case report."""

    start: int
    end: int
    kind: str
    polarity: str = ""


@dataclass(frozen=True)
class Report:
    """One annotated case report."""

    name: str
    text: str
    spans: tuple[Span, ...]


def folder(data: str | None, corpus: str) -> Path:
    """Return where a corpus lies; raise `ModelError` naming it, its licence and where it is published."""
    root = data or os.environ.get("CLINICARDS_DATA", "")
    for place in (Path(root) / corpus, Path(root) / "text" / corpus):
        if root and place.is_dir():
            return place
    raise ModelError(
        f"the corpus {corpus} is not there: {CORPORA[corpus]}; put it into a folder {corpus} and name that "
        "folder's parent by --data or $CLINICARDS_DATA",
        code="no-data",
    )


def iob(path: Path, *, chemicals: bool) -> Iterator[Example]:
    """Yield the sentences of an IOB file; where chemicals are not annotated, any word may be one."""
    unknown = frozenset({0, 1, 2}) if not chemicals else frozenset({0})
    words: list[str] = []
    allowed: list[frozenset[int]] = []
    for line in [*path.read_text(encoding="utf-8").splitlines(), ""]:
        word, _, tag = line.partition("\t")
        if word:
            at = LITERATURE.index(tag.replace("Chemical", "chemical").replace("Disease", "disease"))
            words.append(word)
            allowed.append(unknown if at == 0 else frozenset({at}))
        elif words:
            yield Example(tuple(words), tuple(allowed), 0)
            words, allowed = [], []


def maccrobat(data: str | None) -> Iterator[Report]:
    """Yield the case reports in the order of their names."""
    for path in sorted(folder(data, "maccrobat-dev").glob("*.ann")):
        # Offsets count the characters of the file as they are.
        with path.with_suffix(".txt").open(encoding="utf-8", newline="") as source:
            text = source.read()
        yield Report(path.stem, text, tuple(_brat(path.read_text(encoding="utf-8"))))


def _brat(text: str) -> Iterator[Span]:
    lines = [line.split("\t") for line in text.splitlines()]
    triggers = {row[0]: row[1].split(" ")[0].partition(":")[2] for row in lines if row[0].startswith("E")}
    polarity = {}
    for row in lines:
        if row[0].startswith("A") and row[1].startswith("POLARITY"):
            _, target, value = row[1].split(" ")
            polarity[triggers.get(target, target)] = value
    for row in lines:
        if row[0].startswith("T"):
            kind, _, places = row[1].partition(" ")
            ends = re.findall(r"\d+", places)
            yield Span(int(ends[0]), int(ends[-1]), kind, polarity.get(row[0], ""))


def clinical_examples(text: str, spans: Sequence[tuple[int, int, str]], *, tests: bool) -> Iterator[Example]:
    """Yield the sentences of a text with the clinic's tags.

    Where tests are not annotated, any word may be one.
    """
    words = read(text)
    tags = _tags(words, spans)
    unknown = frozenset({0}) if tests else frozenset({0, CLINICAL.index("B-test"), CLINICAL.index("I-test")})
    for first, last in words.sentences:
        allowed = tuple(unknown if tag == 0 else frozenset({tag}) for tag in tags[first:last])
        yield Example(words.texts[first:last], allowed, 1)


def _tags(words: Words, spans: Sequence[tuple[int, int, str]]) -> list[int]:
    tags = [0] * len(words.texts)
    for start, end, kind in sorted(spans, key=lambda span: span[0] - span[1]):
        first, last = words.covering(start, end)
        if first < last and not any(tags[first:last]):
            tags[first:last] = [CLINICAL.index(f"I-{kind}")] * (last - first)
            tags[first] = CLINICAL.index(f"B-{kind}")
    return tags


def report_examples(report: Report) -> Iterator[Example]:
    """Yield the sentences of a case report."""
    spans = [(s.start, s.end, _MACCROBAT[s.kind]) for s in report.spans if s.kind in _MACCROBAT]
    yield from clinical_examples(report.text, spans, tests=True)


@dataclass(frozen=True)
class NegexRow:
    """A sentence with one condition; `span` is empty where the condition is not found as written."""

    text: str
    span: tuple[int, int]
    negated: bool
    temporality: str
    experiencer: str


def negex(data: str | None) -> Iterator[NegexRow]:
    """Yield the sentences whose condition can be located."""
    path = folder(data, "negex") / "rsAnnotations-1-120-random.txt"
    for line in path.read_text(encoding="utf-8").splitlines()[1:]:
        _, condition, text, status, temporality, experiencer = line.split("\t")[:6]
        found = _located(text, condition)
        if found is not None:
            yield NegexRow(text, found.span(), status == "Negated", temporality, experiencer)


def _located(text: str, condition: str) -> re.Match[str] | None:
    pattern = r"\s+".join(map(re.escape, condition.split()))
    capitals = r"\s+".join(map(re.escape, condition.upper().split()))
    return re.search(capitals, text) or re.search(pattern, text, re.IGNORECASE)


def dialogues(data: str | None, part: str) -> list[tuple[str, str, str]]:
    """Return section text, dialogue and class of MTS-Dialog's passages; `part` is Training or Validation."""
    path = folder(data, "mts-dialog") / f"MTS-Dialog-{part}Set.csv"
    with path.open(encoding="utf-8", newline="") as source:
        return [
            (row["section_text"], row["dialogue"], row["section_header"]) for row in csv.DictReader(source)
        ]


def spans_of(tags: Sequence[int]) -> set[tuple[int, int, int]]:
    """Return the spans that tags mean: first, last, and the tag that begins it.

    A lone `inside` begins one.
    """
    found: set[tuple[int, int, int]] = set()
    start = kind = 0
    for at, (before, tag) in enumerate(pairwise([0, *tags, 0])):
        goes_on = tag and tag % 2 == 0 and before in {tag, tag - 1}
        if before and not goes_on:
            found.add((start, at, kind))
        if tag and not goes_on:
            start, kind = at, tag - (tag % 2 == 0)
    return found


def by_task(examples: Sequence[Example]) -> Mapping[int, list[Example]]:
    """Return examples by the head that they teach."""
    return {head: [one for one in examples if one.head == head] for head in (0, 1)}
