"""Texts to train the free-text de-identifier on: lines that name nobody, corpora, names and places varied."""

import csv
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from random import Random

from cds.privacy import trials
from cds.privacy.scrub import lexicon
from cds.privacy.scrub.lexicon import listed
from cds.privacy.trials.generator import _trial as made_from
from cds.privacy.trials.parts import chance_for
from cds.privacy.trials.templates import _parsed as parsed

Mark = tuple[int, int, str]
_JOINED = re.compile(r" +([.,;:)\]%])")
_MARKED = re.compile(r"\{\{([A-Z]+):(.*?)\}\}|~([^~]+)~")
_WORD = re.compile(r"[^\W\d_]{3,}")
_CODA = (
    "an",
    "o",
    "er",
    "ez",
    "ski",
    "sen",
    "ova",
    "ide",
    "ari",
    "ong",
    "ett",
    "well",
    "ka",
    "iya",
    "es",
    "in",
    "u",
)
_ONSET = (
    "b",
    "br",
    "ch",
    "d",
    "f",
    "g",
    "gr",
    "h",
    "j",
    "k",
    "kl",
    "l",
    "m",
    "n",
    "p",
    "r",
    "s",
    "sh",
    "t",
    "tr",
    "v",
    "w",
    "y",
    "z",
)
_KEPT = (
    "particles",
    "titles",
    "credentials",
    "suffixes",
    "facilities",
    "generic",
    "streets",
    "states",
    "never",
)


MEASURED_ONCE = "fresh_4"
"""The lot of cases that is only measured on."""
NOBODY = (
    "Started {d} 5 mg daily.",
    "Switch {d} to {d}?",
    "{e} sign negative, {e} test positive.",
    "History of {e} disease.",
    "{d} and {d} interaction?",
    "Dose of {d} in CKD stage 3",
    "Is {d} safe in pregnancy?",
    "{e} syndrome, on {d}.",
    "Calculate {e} score for 67M with AF",
    "PMH: {e} disease, HTN, DM2. Meds: {d}, {d}, {d}.",
    "no {e} sign",
    "Patient on {d} with {e} phenomenon",
    "The patient was given {d}.",
    "{w} {w} {w} of the {w}.",
    "{w} {w} and {w}",
    "{e} classification grade III",
    "{e} criteria for {w}",
    "Compare {d} with {d} for {w}.",
    "{d} 10 mg PO BID",
    "start {l} 20 mg, stop {l}",
    "{l} vs {l} in {w} {w}",
    "allergic to {l} and {l}",
    "pt on {l}, {l} and {l}",
    "{e} procedure in {w}",
    "{d}: hold. {d}: continue.",
    "per {w} guidelines",
    "{W}: {w} {w}.",
    "{W} {W}: {w}, {w}",
    "Doctor: Any {w}? Patient: No, just {w}.",
    "{w} {e} {w}",
    "{e} catheter placed, {d} given",
    "{W} shows {w} {w}.",
    "{w} {r}, {r} and {r} {w}",
    "{r} was {w}",
    "{r} of the {w}",
    "The {w} {r} {w} by {r}",
    "immunostain {r} positive, {r} negative",
    "{A} {n}, {A} {n}, {A} {n}",
    "{A} and {A} were {w}",
    "the {A} level",
    "a {A} of the {w} showed {r}",
    "{A}/{A} {n}%",
    "{w} ({A}) {w}",
    "{R} and {r} {w}",
    "{R} of the {w} {w}. {R} {w} with {r}.",
    "{A}-{n} {w} {r}",
    "pt w/ {r} and {w}, on {l}",
    "hx {r}, {w} {r}. {A} {n}",
    "{r} vs {r}?",
    "does {l} cause {r}",
    "w/u for {r} in {n} yo w/ {w}",
    "{A} neg, {A} pos. {r} neg",
    "{w} {w} {r} {w} {w} {r} {w}",
    "We report a case of {e} disease treated with {d}.",
    "{w} {w} in {w} with {e} disease and {w}",
    "{W} by {w}.",
    "{W} {W} {W}",
    "{w} {w} panel - {W}",
    "{W} {w} {W}",
    "{W} [{W}/{W}] in {W}",
    "{w} and {w}, {l} level",
    "{w} {w} and {w}, {w}",
    "{C}",
    "{C} {C}",
    "{C} {C} {C} {C}.",
    "{C}: {C}, {C}. {C} {n}",
    "{D}",
    "{D} {n} MG TABLET",
    "{W} - {W} - {W}",
    "{W}, {W}, {W}",
    "{W} {W} by {W} {W}",
    "{W}/{W} {w}",
    "{n} {W} {w}",
    "{W}. {W}. {W}.",
    "{W} {w}. {W} {w}. {W} {w} {w}.",
    "* {W}\n* {W} {w}\n* {W}",
    "{W}: {W}\n{W}: {W}\n{W}: {w} {W}",
)


def nobody(chance: Random, count: int) -> Iterator[str]:
    """Yield lines in which nobody is named."""
    table = lexicon.flags()
    drugs = sorted(w for w, f in table.items() if f == 2 << lexicon.CLINIC and len(w) > 4)
    words = sorted(w for w, f in table.items() if f >> lexicon.WORD & 3 >= 2 and not _named(f))
    sick = sorted(w for w, f in table.items() if f >> lexicon.CLINIC & 3 == 3 and not _named(f))
    rare = rare_words(table)
    eponyms = sorted(w for w in lexicon.eponyms() if w.isalpha() and len(w) > 3)
    draw: dict[str, Callable[[], str]] = {
        "d": lambda: chance.choice(drugs).capitalize(),
        "l": lambda: chance.choice(drugs),
        "e": lambda: chance.choice(eponyms).capitalize(),
        "w": lambda: chance.choice(chance.choice((words, sick, rare))),
        "A": lambda: "".join(chance.choices("ABCDEFGHILMNOPRSTUVW", k=chance.choice((2, 3, 3, 4)))),
        "n": lambda: str(chance.randrange(1, 400)),
        "R": lambda: chance.choice(rare).capitalize(),
        "r": lambda: chance.choice(rare),
        "C": lambda: chance.choice(chance.choice((words, sick, rare, drugs))).upper(),
        "D": lambda: chance.choice(drugs).upper(),
        "W": lambda: chance.choice(chance.choice((words, sick))).capitalize(),
    }
    for _ in range(count):
        line = chance.choice(NOBODY)
        for key, make in draw.items():
            while f"{{{key}}}" in line:
                line = line.replace(f"{{{key}}}", make(), 1)
        yield line if chance.random() < 0.85 else line.lower() if chance.random() < 0.7 else line.upper()


def _named(packed: int) -> bool:
    """Tell whether a word is as much of a name that a line with it may name somebody."""
    return packed >> lexicon.GIVEN & 3 >= 2 or packed >> lexicon.FAMILY & 3 == 3


def rare_words(table: dict[str, int]) -> list[str]:
    """Return spellings of SCOWL's largest list (Debian's wamerican-insane) that the lexicon does not have."""
    path = Path("/usr/share/dict/american-english-insane")
    if not path.is_file():
        raise SystemExit(f"{path} is not there; install wamerican-insane")
    return [
        w
        for w in path.read_text().splitlines()
        if w.isascii() and w.isalpha() and w.islower() and len(w) > 4 and w not in table
    ]


def abstracts(folder: Path) -> Iterator[str]:
    """Yield abstracts of corpora, which name diseases after people and nobody else: training parts.

    ncbi-disease (Dogan 2014, doi:10.1016/j.jbi.2013.12.006), bc5cdr (Li 2016, doi:10.1093/database/baw068).
    """
    for name in ("ncbi-disease", "bc5cdr"):
        for block in (folder / name / "train.tsv").read_text(encoding="utf-8").split("\n\n"):
            yield _JOINED.sub(r"\1", " ".join(line.split("\t")[0] for line in block.splitlines()))


def dialogues(folder: Path) -> Iterator[str]:
    """Yield talks and notes of people made up.

    mts-dialog (Ben Abacha 2023, doi:10.18653/v1/2023.eacl-main.168).
    """
    with (folder / "mts-dialog" / "MTS-Dialog-TrainingSet.csv").open(encoding="utf-8-sig") as stream:
        for row in csv.DictReader(stream):
            yield row["dialogue"]
            yield row["section_text"]


def taught(seed: int, count: int) -> Iterator[trials.Trial]:
    """Yield texts from the templates beside this file, on which nothing is examined; names to learn from."""
    here = Path(__file__).parent
    for label in ("note", "query"):
        name = {"note": "notes", "query": "queries"}[label]
        known = [*parsed((here / f"scrub_{name}.txt").read_text(encoding="utf-8"), f"{name}_taught")]
        for number in range(count):
            chance = chance_for(f"{seed}:taught:{label}:{number}", "learn")
            template = known[number % len(known)]
            yield made_from(template, f"taught-{label}-{number}", label, chance)


def written(folder: Path) -> Iterator[tuple[str, list[Mark], list[tuple[int, int]]]]:
    """Yield the texts of the written cases with their marks and what may do either."""
    for path in sorted(folder.glob("*.txt")):
        if path.stem == MEASURED_ONCE:
            continue
        for line in path.read_text(encoding="utf-8").splitlines():
            if line and not line.startswith("%"):
                yield _read(line.replace("⏎", "\n"))


def _read(line: str) -> tuple[str, list[Mark], list[tuple[int, int]]]:
    text, place = "", 0
    marks: list[Mark] = []
    either: list[tuple[int, int]] = []
    for mark in _MARKED.finditer(line):
        text += line[place : mark.start()]
        start, place = len(text), mark.end()
        text += mark[2] or mark[3]
        if mark[1]:
            marks.append((start, len(text), mark[1]))
        else:
            either.append((start, len(text)))
    return text + line[place:], marks, either


@cache
def _pools() -> dict[str, list[str]]:
    """Return words of the lexicon by what they may stand for."""
    table = lexicon.flags()
    known = [w for w in table if w.isalpha() and len(w) > 2]
    return {
        "given": [w for w in known if table[w] >> lexicon.GIVEN & 3 >= 2],
        "family": [w for w in known if table[w] >> lexicon.FAMILY & 3 >= 2],
        "rare": [w for w in known if table[w] & 15 and not table[w] >> lexicon.WORD & 3],
        "town": [w for w in known if table[w] >> lexicon.PLACE & 3],
        "word": [
            w for w in known if table[w] >> lexicon.WORD & 3 == 2 and not table[w] >> lexicon.CLINIC & 3
        ],
    }


def _another(category: str, chance: Random) -> str:
    """Draw a word for a name or a place: known, rare, coined, or an ordinary word."""
    drawn = chance.random()
    if drawn < 0.2:
        parts = chance.choice((1, 2, 2, 3))
        return "".join(chance.choice(_ONSET) + chance.choice("aeiou") for _ in range(parts)) + chance.choice(
            _CODA
        )
    if drawn < (0.28 if category == "NAME" else 0.38):
        return chance.choice(_pools()["word"])
    pools = ("given", "family", "rare") if category == "NAME" else ("town", "town", "family")
    return chance.choice(_pools()[chance.choice(pools)])


def varied(
    text: str, marks: list[Mark], either: list[tuple[int, int]], chance: Random
) -> tuple[str, list[Mark], list[tuple[int, int]]]:
    """Return a text with other words in its names and places, and the marks moved along."""
    swaps: list[tuple[int, int, str]] = []
    drawn: dict[str, str] = {}
    for start, end, category in marks:
        if category in {"NAME", "LOCATION"}:
            for word in _WORD.finditer(text, start, end):
                low = word[0].lower()
                if not any(low in listed(name) for name in _KEPT):
                    new = drawn.setdefault(low, _another(category, chance))
                    swaps.append((word.start(), word.end(), _cased(new, word[0])))
    for start, end, new in sorted(swaps, reverse=True):
        text = text[:start] + new + text[end:]
        grown = len(new) - (end - start)
        marks = [(s + grown * (s >= end), e + grown * (e >= end), c) for s, e, c in marks]
        either = [(s + grown * (s >= end), e + grown * (e >= end)) for s, e in either]
    return text, marks, either


def _cased(new: str, old: str) -> str:
    return new.upper() if old.isupper() else new if old.islower() else new.capitalize()
