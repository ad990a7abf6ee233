"""The models side by side: what the training measured, and the open vignettes with the weights at hand.

Patients are simulated and vignettes are written: the two never come together in one figure. The closed half
is not read here.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from models.diagnosis import artefact
from models.diagnosis.cases import Vignette
from models.diagnosis.documents import read_case
from models.diagnosis.measures import Logs, Truth, measured, normal, over_folds, rounded
from models.diagnosis.person import Person
from models.diagnosis.pool import Pool, logs_of
from models.diagnosis.recognise import Recogniser
from models.diagnosis.scorer import Evidence, Scorer

FOLDS = 5
SHARE = 0.3
"""The encoder's share of the pool that is shown where the decision gave it none."""
Cases = Sequence[tuple[Person, Evidence]]


def compared(scorer: Scorer, reader: Recogniser, rows: Sequence[Vignette]) -> dict[str, Any]:
    """Return the training's report, and M1 to log loss of each judge on these vignettes with folds."""
    known = sorted(scorer.base.conditions)
    at = {name: place for place, name in enumerate(known)}
    told = [row for row in rows if set(row.conditions) & set(at)]
    truth = [[at[name] for name in row.conditions if name in at] for row in told]
    cases = [_judged(reader, row) for row in told]
    encoder, training = artefact.encoder(), artefact.report()
    share = float(training["decision"]["share"]) or SHARE
    judges: dict[str, Scorer | Pool] = {
        "bayes": scorer,
        "encoder": Pool(scorer, encoder, 1.0),
        f"pool of both, {share:g} of the encoder": Pool(scorer, encoder, share),
    }
    found = {name: normal(logs_of(judge, cases, known)) for name, judge in judges.items()}
    return {
        "training": training,
        "open_vignettes": {name: rounded(measured(logs, truth)) for name, logs in found.items()},
        "open_folds": {name: folded(logs, truth) for name, logs in found.items()},
    }


def folded(logs: Logs, truth: Truth, *, seed: int = 0) -> dict[str, dict[str, float]]:
    """Return each measure as its mean over five parts of the cases, with its 95 % interval."""
    part = np.random.default_rng(seed).permutation(len(truth)) % FOLDS
    rows = []
    for at in range(FOLDS):
        own = np.flatnonzero(part == at)
        rows.append(measured(logs[own], [truth[row] for row in own.tolist()]))
    return over_folds(rows)


def _judged(reader: Recogniser, row: Vignette) -> tuple[Person, Evidence]:
    case = read_case(row.document, reader)
    found = case.found
    return case.person, Evidence(found.present, found.absent, found.words, found.worded)
