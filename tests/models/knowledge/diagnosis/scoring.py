"""A plain Bayesian score over the knowledge base, to see that its numbers name the right condition."""

from math import log

from models.knowledge.diagnosis import band_of


def log_posterior(base, condition, *, present, absent, band, sex, setting, pregnant=None):
    """Return the log of prior times likelihood; a kind of a finding counts given what it is a kind of."""

    def share(finding):
        return base.frequency(condition, finding, band=band, sex=sex)

    total = log(base.incidence(condition, setting=setting, band=band, sex=sex, pregnant=pregnant))
    for finding in present:
        parents = base.findings[finding].parents
        total += log(min(1.0, share(finding) / max((share(p) for p in parents), default=1.0)))
    for finding in absent:
        parents = base.findings[finding].parents
        if any(p in absent for p in parents):
            continue
        given = min((share(p) for p in parents), default=1.0) if present.issuperset(parents) else 1.0
        total += log(1 - min(0.999, share(finding) / given))
    return total


def ranking(base, *, age, sex, setting, present, absent):
    """Return the ids of all conditions, the likeliest first."""
    seen, not_seen = base.closure(present.split()), frozenset(absent.split())
    pregnant = True if seen & {"pregnant", "pregnancy-test-positive"} else None
    if "pregnancy-test-positive" in not_seen:
        pregnant = False
    scores = {
        name: log_posterior(
            base,
            name,
            present=seen,
            absent=not_seen,
            band=band_of(age),
            sex=sex,
            setting=setting,
            pregnant=pregnant,
        )
        for name in base.conditions
    }
    return sorted(scores, key=lambda name: -scores[name])
