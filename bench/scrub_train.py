"""Train the learned part of the free-text de-identifier on invented texts.

    python bench/scrub_train.py --queries 9000 --notes 3600 --out cds/privacy/scrub/lexicons/weights.json

An averaged perceptron (Collins 2002, doi:10.3115/1118693.1118694) over the features of
`cds/privacy/scrub/reading.py`. The texts come from `cds.privacy.trials` and from lines made here that name
nobody. The same arguments give the same file.
"""

import argparse
import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from random import Random

from scrub_texts import nobody, published, varied, written

from cds.privacy import trials
from cds.privacy.scrub import engine, lexicon, reading
from cds.privacy.scrub.tokens import INITIAL, LOWER, UPPER, Tokens
from cds.privacy.scrub.weighing import names

Example = tuple[Tokens, list[str], list[str], list[bool]]
LABELS = reading.LABELS
_DROPPED = 0.12
"""Share of the features of single words that training leaves out, so that the classes of words carry it."""
_VARIED = 0.6
"""Share of the made texts whose names and places are drawn anew from the whole lexicon, or coined."""
_WORDED = frozenset("wWxXei")


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


def examples(given: argparse.Namespace) -> Iterator[Example]:
    chance = Random(given.seed)
    for text in published(given.plain):
        if text.strip():
            yield common(text)
    learnt = (
        *trials.queries(given.seed, given.queries, part="learn"),
        *trials.notes(given.seed, given.notes, part="learn"),
    )
    for trial in learnt:
        marks = sorted((m.start, m.end, m.category) for m in trial.spans)
        text, either = trial.text, list(trial.either)
        if chance.random() < _VARIED:
            text, marks, either = varied(text, marks, either, chance)
        yield example(text, marks, either)
    for text, marks, either in written(given.cases):
        for _ in range(given.repeats):
            new, moved, free = varied(text, marks, either, chance)
            drawn = chance.random()
            other = new if drawn < 0.7 else new.lower() if drawn < 0.9 else new.upper()
            yield example(other if len(other) == len(new) else new, moved, free)
    for line in nobody(Random(given.seed), given.queries):
        yield example(line, [], [])


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


def train(data: list[Example], epochs: int, seed: int) -> Perceptron:
    model, chance = Perceptron(), Random(seed)
    margins = (1.0, 2.0, 2.0)
    for epoch in range(epochs):
        chance.shuffle(data)
        errors = 0
        for made, rules, right, counts in data:
            errors += one(model, made, rules, right, counts, margins, chance)
        print("epoch", epoch, "updates", errors, flush=True)
    return model


def one(
    model: Perceptron,
    made: Tokens,
    rules: list[str],
    right: list[str],
    counts: list[bool],
    margins: tuple[float, ...],
    chance: Random,
) -> int:
    kinds, how, errors = reading.classes(made), reading.frame(made), 0
    labels = [""] * len(made)
    for at in reading.candidates(made, rules):
        if reading._plainly(made, at, rules, labels):
            continue
        found = reading.features(
            made,
            at,
            kinds,
            rules,
            labels[at - 1][:1] if at else "",
            labels[at - 2][:1] if at > 1 else "",
            how,
        )
        found = [f for f in found if f[0] not in _WORDED or chance.random() >= _DROPPED]
        model.step += 1
        scores = model.scores(found)
        want = LABELS.index(right[at])
        guess = max(range(3), key=lambda k: scores[k] + (0 if k == want else margins[want]))
        if counts[at] and guess != want:
            model.learn(found, want, guess)
            errors += 1
        labels[at] = right[at] if counts[at] else LABELS[max(range(3), key=scores.__getitem__)]
    return errors


def command(given: argparse.Namespace) -> str:
    """Return the command that makes the same weights again."""
    told = (f"--{name} {getattr(given, name)}" for name in ("seed", "queries", "notes", "epochs", "repeats"))
    return f"bench/scrub_train.py {' '.join(told)} --plain CORPORA"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=20261122)
    parser.add_argument("--queries", type=int, default=9000)
    parser.add_argument("--notes", type=int, default=3600)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--repeats", type=int, default=4, help="variations of each written case")
    parser.add_argument("--cases", type=Path, default=Path("tests/cds/privacy/scrub/cases"))
    parser.add_argument("--plain", type=Path, required=True, help="folder of the published corpora")
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    data = list(examples(given))
    model = train(data, given.epochs, given.seed)
    scale = 10.0
    rows = {f: [round(w * scale) for w in row] for f, row in sorted(model.mean().items())}
    rows = {f: row for f, row in rows.items() if max(map(abs, row)) >= 2}
    body = json.dumps(rows, ensure_ascii=False, separators=(",", ":"))
    card = {
        "model": "averaged perceptron over words and their neighbours, labels none, NAME, LOCATION",
        "made_by": command(given),
        "trained_on": "texts of cds.privacy.trials (part learn), written cases with names varied, "
        "lines naming nobody: all invented; common words of ncbi-disease, bc5cdr and mts-dialog "
        "(CC BY 4.0), training parts",
        "texts": len(data),
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
