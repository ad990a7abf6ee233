"""Train the learned part of the free-text de-identifier on invented texts.

    python bench/scrub_train.py --plain CORPORA --out cds/privacy/scrub/lexicons/weights.json

The mean of three averaged perceptrons (Collins 2002, doi:10.3115/1118693.1118694) over the features of
`cds/privacy/scrub/features.py`; the card of the weights has the whole command. Texts come from
`cds.privacy.trials`, from templates and cases written down, and from lines made here that name nobody.
The same arguments give the same file.
"""

import argparse
import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from random import Random

from scrub_texts import abstracts, dialogues, nobody, taught, varied, written

from cds.privacy import trials
from cds.privacy.scrub import engine, features, lexicon, reading
from cds.privacy.scrub.tokens import INITIAL, LOWER, UPPER, Tokens
from cds.privacy.scrub.weighing import names

Example = tuple[Tokens, list[str], list[str], list[bool]]
LABELS = reading.LABELS
_MARGINS = (1.0, 2.0, 2.0)
_DROPPED = 0.12
"""Share of the features of single words that training leaves out, so that the classes of words carry it."""
_LOW, _UP = 0.16, 0.1
"""Shares of the generated texts that are turned into small letters, and into capitals."""
_MODELS = ((0.6, 0.0), (0.92, 0.45), (0.75, 0.2))
"""For each model that the mean is of: the share of texts whose names and places are drawn anew from the
lexicon or coined; the share of beginnings and endings of words left out, by which it would know names."""


def example(text: str, marks: list[tuple[int, int, str]], either: list[tuple[int, int]]) -> Example:
    """Return tokens, rules' opinion, right labels and whether a token counts."""
    made, rules = engine.ruled(text)
    right, counts = [], []
    spans = iter([*marks, (1 << 60, 1 << 60, "")])
    start, end, category = next(spans)
    for at in range(len(made)):
        while made.start[at] >= end:
            start, end, category = next(spans)
        inside = made.start[at] < end and made.end[at] > start
        right.append(category if inside and category in LABELS else "")
        counts.append(
            not (inside and category not in LABELS)
            and not any(s < made.end[at] and e > made.start[at] for s, e in either)
        )
    return made, rules, right, counts


def common(text: str) -> Example:
    """Return an example that counts only where no person or place can be meant: its common words."""
    made, rules = engine.ruled(text)
    counts = [not rules[at] and _common(made, at) for at in range(len(made))]
    return made, rules, [""] * len(made), counts


def _common(made: Tokens, at: int) -> bool:
    flags, kind = made.flags[at], made.kind[at]
    if kind == LOWER:
        return True
    worded = flags >> lexicon.WORD & 3 >= 2 or bool(flags >> lexicon.CLINIC & 3)
    return kind in {UPPER, INITIAL} or (worded and names(made, at) < 2 and flags >> lexicon.PLACE & 3 < 2)


def spared(trial: trials.Trial, nth: int) -> bool:
    """Tell whether a text is of every nth template, left out so that its misses may be looked at."""
    return bool(nth and trial.template) and hashlib.sha256(trial.template.encode()).digest()[1] % nth == 0


def examples(given: argparse.Namespace, seed: int) -> Iterator[Example]:
    chance = Random(seed)
    for read in (abstracts, dialogues):
        yield from (common(text) for text in read(given.plain) if text.strip())
    for trial in learnt(given, seed):
        marks = sorted((m.start, m.end, m.category) for m in trial.spans)
        text, either = trial.text, list(trial.either)
        if chance.random() < given.varied:
            text, marks, either = varied(text, marks, either, chance)
        yield example(cased(text, chance, low=_LOW, up=_UP), marks, either)
    for text, marks, either in written(given.cases):
        for _ in range(given.repeats):
            new, moved, free = varied(text, marks, either, chance)
            yield example(cased(new, chance, low=0.2, up=0.1), moved, free)
    for line in nobody(Random(seed), given.queries):
        yield example(line, [], [])


def cased(text: str, chance: Random, *, low: float, up: float) -> str:
    """Return a text as it is, or all in small letters or in capitals where that moves no place."""
    drawn = chance.random()
    other = text.lower() if drawn < low else text.upper() if drawn < low + up else text
    return other if len(other) == len(text) else text


def learnt(given: argparse.Namespace, seed: int) -> Iterator[trials.Trial]:
    """Yield the marked texts: the generator's, those of the templates here, those written by hand."""
    made = (
        *trials.queries(seed, given.queries, part="learn"),
        *trials.notes(seed, given.notes, part="learn"),
        *taught(seed, given.taught),
    )
    yield from (trial for trial in made if not spared(trial, given.spare))
    for half in given.halves:
        for trial in trials.hand(half):
            yield from [trial] * (given.repeats * given.hand)


class Perceptron:
    """Weights with their running sums, so that the mean over all steps is had at the end."""

    def __init__(self) -> None:
        self.weights: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0, 0.0])
        self.sums: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0, 0.0])
        self.seen: dict[str, int] = defaultdict(int)
        self.step = 0

    def scores(self, found: list[str]) -> list[float]:
        """Return the sum of the weights of features for each label."""
        total = [0.0, 0.0, 0.0]
        for feature in found:
            row = self.weights.get(feature)
            if row is not None:
                total[0] += row[0]
                total[1] += row[1]
                total[2] += row[2]
        return total

    def learn(self, found: list[str], right: int, wrong: int) -> None:
        """Move the weights of features from the wrong label towards the right one."""
        for feature in found:
            row, sums = self.weights[feature], self.sums[feature]
            row[right] += 1.0
            row[wrong] -= 1.0
            sums[right] += self.step
            sums[wrong] -= self.step
            self.seen[feature] += 1

    def mean(self) -> dict[str, list[float]]:
        """Return the mean of the weights over all steps, of features that were wrong twice or more."""
        return {
            f: [w - s / self.step for w, s in zip(row, self.sums[f], strict=True)]
            for f, row in self.weights.items()
            if self.seen[f] >= 2
        }


def train(data: list[Example], epochs: int, seed: int, spelt: float) -> Perceptron:
    model, chance = Perceptron(), Random(seed)
    left_out = {**dict.fromkeys("wWxXeil", _DROPPED), **dict.fromkeys("sSt", spelt)}
    for epoch in range(epochs):
        chance.shuffle(data)
        errors = sum(one(model, each, left_out, chance) for each in data)
        print("epoch", epoch, "updates", errors, flush=True)
    return model


def one(model: Perceptron, each: Example, left_out: dict[str, float], chance: Random) -> int:
    made, rules, right, counts = each
    seen, errors = features.view(made, rules), 0
    labels = [""] * len(made.word)
    for at in reading.candidates(made, rules):
        if reading._plainly(made, at, rules, labels):
            continue
        before, earlier = labels[at - 1][:1] if at else "", labels[at - 2][:1] if at > 1 else ""
        found = features.features(seen, at, before, earlier)
        found = [f for f in found if chance.random() >= left_out.get(f[0], 0.0)]
        model.step += 1
        scores = model.scores(found)
        want = LABELS.index(right[at])
        guess = max(range(3), key=lambda k: scores[k] + (0 if k == want else _MARGINS[want]))
        if counts[at] and guess != want:
            model.learn(found, want, guess)
            errors += 1
        labels[at] = right[at] if counts[at] else LABELS[max(range(3), key=scores.__getitem__)]
    return errors


def averaged(given: argparse.Namespace) -> tuple[dict[str, list[int]], int]:
    """Return the mean of the weights of several models, in tenths of a vote, and how many texts one had."""
    total: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    many = 0
    for number, (share, spelt) in enumerate(_MODELS):
        given.varied, seed = share, given.seed + number
        data = list(examples(given, seed))
        many = len(data)
        for feature, (none, *others) in train(data, given.epochs, seed, spelt).mean().items():
            row = total[feature]
            for label, weight in enumerate(others):
                row[label] += (weight - none) / len(_MODELS)
    rows = {f: [round(w * 10.0) for w in row] for f, row in sorted(total.items())}
    return {f: row for f, row in rows.items() if max(map(abs, row)) >= given.least}, many


def command(given: argparse.Namespace) -> str:
    """Return the command that makes the same weights again."""
    told = (
        f"--{name} {getattr(given, name)}"
        for name in ("seed", "queries", "notes", "taught", "epochs", "repeats", "least", "hand")
    )
    return f"bench/scrub_train.py {' '.join(told)} --halves {' '.join(given.halves)} --plain CORPORA"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=20261122)
    parser.add_argument("--queries", type=int, default=9000)
    parser.add_argument("--notes", type=int, default=3600)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--repeats", type=int, default=4, help="variations of each written case")
    parser.add_argument(
        "--taught", type=int, default=2500, help="notes and as many queries of the templates here"
    )
    parser.add_argument("--hand", type=int, default=3, help="0 leaves the texts written by hand out")
    parser.add_argument("--halves", nargs="*", default=["open", "others", "spent"], help="which of them")
    parser.add_argument(
        "--spare", type=int, default=0, help="leave every nth template out, to look at its misses"
    )
    parser.add_argument("--cases", type=Path, default=Path("tests/cds/privacy/scrub/cases"))
    parser.add_argument("--least", type=int, default=10, help="tenths below which a weight is left out")
    parser.add_argument("--plain", type=Path, required=True, help="folder of the published corpora")
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    rows, many = averaged(given)
    body = json.dumps(rows, ensure_ascii=False, separators=(",", ":"))
    card = {
        "model": "mean of three averaged perceptrons over words and their neighbours: none, NAME, LOCATION",
        "made_by": command(given),
        "trained_on": "texts of cds.privacy.trials (part learn; hand-written: "
        + ", ".join(given.halves)
        + "), "
        "templates and cases written down with names varied, "
        "lines naming nobody: all invented; common words of ncbi-disease, bc5cdr and mts-dialog "
        "(CC BY 4.0), training parts",
        "texts": many,
        "use": "free-text de-identification inside cds.privacy.scrub, together with its rules",
        "limits": "English clinical text; never a proof that a text identifies nobody",
        "sha256_of_weights": hashlib.sha256(body.encode()).hexdigest(),
    }
    given.out.write_text(
        json.dumps({"card": card}, ensure_ascii=False, indent=1)[:-2] + f',\n "weights": {body}\n}}\n'
    )
    print(len(rows), "features,", given.out.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
