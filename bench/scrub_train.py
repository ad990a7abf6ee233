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
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

from cds.privacy import trials
from cds.privacy.scrub import engine, lexicon, reading
from cds.privacy.scrub.tokens import Tokens

Example = tuple[Tokens, list[str], list[str], list[bool]]
LABELS = reading.LABELS
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
)


def nobody(chance: Random, count: int) -> Iterator[str]:
    """Yield lines in which nobody is named."""
    table = lexicon.flags()
    drugs = sorted(w for w, f in table.items() if f == 2 << lexicon.CLINIC and len(w) > 4)
    words = sorted(w for w, f in table.items() if f >> lexicon.WORD & 3 >= 2 and not f >> lexicon.GIVEN & 15)
    sick = sorted(w for w, f in table.items() if f >> lexicon.CLINIC & 3 == 3 and not f >> lexicon.GIVEN & 15)
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
        "W": lambda: chance.choice(chance.choice((words, sick))).capitalize(),
    }
    for _ in range(count):
        line = chance.choice(NOBODY)
        for key, make in draw.items():
            while f"{{{key}}}" in line:
                line = line.replace(f"{{{key}}}", make(), 1)
        yield line if chance.random() < 0.85 else line.lower() if chance.random() < 0.7 else line.upper()


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


def examples(seed: int, queries: int, notes: int) -> Iterator[Example]:
    for trial in (*trials.queries(seed, queries), *trials.notes(seed, notes)):
        marks = sorted((m.start, m.end, m.category) for m in trial.spans)
        yield example(trial.text, marks, list(trial.either))
    for line in nobody(Random(seed), queries):
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
            errors += one(model, made, rules, right, counts, margins)
        print("epoch", epoch, "updates", errors, flush=True)
    return model


def one(
    model: Perceptron,
    made: Tokens,
    rules: list[str],
    right: list[str],
    counts: list[bool],
    margins: tuple[float, ...],
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
    told = (f"--{name} {getattr(given, name)}" for name in ("seed", "queries", "notes", "epochs"))
    return f"bench/scrub_train.py {' '.join(told)}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=20261122)
    parser.add_argument("--queries", type=int, default=9000)
    parser.add_argument("--notes", type=int, default=3600)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    data = list(examples(given.seed, given.queries, given.notes))
    model = train(data, given.epochs, given.seed)
    scale = 10.0
    rows = {f: [round(w * scale) for w in row] for f, row in sorted(model.mean().items())}
    rows = {f: row for f, row in rows.items() if max(map(abs, row)) >= 2}
    body = json.dumps(rows, ensure_ascii=False, separators=(",", ":"))
    card = {
        "model": "averaged perceptron over words and their neighbours, labels none, NAME, LOCATION",
        "made_by": command(given),
        "trained_on": "texts of cds.privacy.trials and lines naming nobody; all invented, of nobody",
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
