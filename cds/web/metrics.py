"""Metrics: how many calls, how they ended, how long they took; nothing of what was asked or said.

No rule, topic, condition, client or user is a label: a rare one would name a patient.
"""

import os

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
_REGISTRY = CollectorRegistry()
_CALLS = Counter(
    "clinicards_calls_total",
    "Calls answered, by service and status",
    ["service", "status"],
    registry=_REGISTRY,
)
_SECONDS = Histogram(
    "clinicards_call_seconds", "Time of calls, by service", ["service"], buckets=_BUCKETS, registry=_REGISTRY
)


def call(service: str, status: int, seconds: float) -> None:
    """Count one call."""
    _CALLS.labels(service, str(status)).inc()
    _SECONDS.labels(service).observe(seconds)


def exposition() -> tuple[bytes, str]:
    """Return all metrics in the text format and its content type, of all workers where there are several."""
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return generate_latest(registry), CONTENT_TYPE_LATEST
    return generate_latest(_REGISTRY), CONTENT_TYPE_LATEST
