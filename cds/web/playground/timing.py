"""Where the time of a firing went: spans measured at the doors between the parts, none of them changed."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Literal, cast

from adapters.ports import Bundle, Ehr, EhrAccess
from cds.hooks.prefetch import Need
from cds.parts import Parts, Recorder
from cds.services.base import Case, Catalogue, Models, Service, ServiceSettings
from models.base import Deadline, Finding
from models.record import Record

EHR = "EHR"
SERVICE = "service"


@dataclass(frozen=True, slots=True)
class Span:
    """One piece of work: whose it was, what, and from when to when (seconds of a monotonic clock)."""

    lane: str
    name: str
    start: float
    end: float

    @property
    def ms(self) -> float:
        """How long it took, in milliseconds."""
        return (self.end - self.start) * 1000


@dataclass(frozen=True)
class Watch:
    """The spans of one firing, noted by any thread."""

    spans: list[Span] = field(default_factory=list)

    @contextmanager
    def span(self, lane: str, name: str) -> Iterator[None]:
        """Note how long the block takes, whether it succeeds or not."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self.spans.append(Span(lane, name, start, time.perf_counter()))

    def mark(self, name: str) -> None:
        """Note an instant."""
        now = time.perf_counter()
        self.spans.append(Span("mark", name, now, now))

    def sorted(self) -> tuple[Span, ...]:
        """Return the spans by their beginning, the longer first."""
        return tuple(sorted(self.spans, key=lambda span: (span.start, -span.end)))


@dataclass(frozen=True)
class TimedEhr:
    """An EHR whose reads are noted by resource type: queries may name patients."""

    ehr: Ehr
    watch: Watch
    lane: str = EHR

    def read(self, access: EhrAccess, path: str, *, timeout: float) -> dict[str, Any]:
        """Return the resource at `Type/id`."""
        with self.watch.span(self.lane, f"read {path.partition('/')[0]}"):
            return self.ehr.read(access, path, timeout=timeout)

    def search(self, access: EhrAccess, query: str, *, timeout: float) -> Bundle:
        """Return what a search finds."""
        with self.watch.span(self.lane, f"search {query.partition('?')[0]}"):
            return self.ehr.search(access, query, timeout=timeout)

    def follow(self, access: EhrAccess, url: str, *, kind: str, timeout: float) -> Bundle:
        """Return a linked page and those after it."""
        with self.watch.span(self.lane, f"follow pages of {kind}"):
            return self.ehr.follow(access, url, kind=kind, timeout=timeout)


@dataclass(frozen=True)
class TimedModels:
    """Models whose answers are noted by name."""

    models: Catalogue
    watch: Watch

    def find(
        self, name: str, record: Record, *, deadline: Deadline, options: Mapping[str, Any]
    ) -> Sequence[Finding]:
        """Return a model's findings."""
        with self.watch.span(SERVICE, f"model {name}"):
            return self.models.find(name, record, deadline=deadline, options=options)

    def run(self, name: str, document: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return a model's result on one document."""
        with self.watch.span(SERVICE, f"model {name}"):
            return self.models.run(name, document)

    def observations(self, name: str) -> frozenset[str] | None:
        """Return the LOINC codes of the observations that a model looks at."""
        return self.models.observations(name)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.models, name)


@dataclass(frozen=True)
class TimedService:
    """A service whose answer is noted, with the moment it was asked what it needs."""

    service: Service
    watch: Watch

    def needs(self, hook: str) -> Mapping[str, Need]:
        """Return the prefetch keys."""
        self.watch.mark("needs")
        return self.service.needs(hook)

    def answer(self, case: Case, models: Models, settings: ServiceSettings) -> Any:
        """Return the cards."""
        with self.watch.span(SERVICE, "the service makes its cards"):
            return self.service.answer(case, models, settings)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.service, name)


@dataclass(frozen=True)
class TimedRecorder:
    """A recorder whose entries are noted."""

    recorder: Recorder
    watch: Watch

    def record(self, kind: str, body: Mapping[str, Any], **rows: Any) -> object:
        """Record one thing that happened."""
        with self.watch.span(SERVICE, "audit, before anything is said"):
            return self.recorder.record(kind, body, **rows)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.recorder, name)


def watched(parts: Parts, service: str, watch: Watch) -> Parts:
    """Return the parts with a watch at each door of one service's path."""
    found = parts.services.get(service)
    services = dict(parts.services)
    if found is not None:
        services[service] = cast("Service", TimedService(found, watch))
    return replace(
        parts,
        services=services,
        models=TimedModels(parts.models, watch),
        ehr=TimedEhr(parts.ehr, watch, SERVICE),
        recorder=TimedRecorder(parts.recorder, watch),
    )


def story(spans: Sequence[Span]) -> tuple[Span, ...]:
    """Return the spans with those between the doors made explicit: checking, de-identifying, restoring."""
    call = next((s for s in spans if s.name == CALL), None)
    asked = next((s for s in spans if s.name == "needs"), None)
    made = next((s for s in spans if s.name.startswith("the service makes")), None)
    told = next((s for s in spans if s.name.startswith("audit")), None)
    between: list[Span] = []
    if call and asked:
        between.append(Span(SERVICE, "verify the token, parse, check", call.start, asked.start))
    if asked and made:
        reads = [s.end for s in spans if s.lane == SERVICE and s.end <= made.start and s.start >= asked.start]
        between.append(Span(SERVICE, "de-identify, make the record", max([asked.end, *reads]), made.start))
    if made and told:
        between.append(Span(SERVICE, "restore, rank, fit to the EHR", made.end, told.start))
    whole = (*(s for s in spans if s.lane != "mark"), *between)
    return tuple(sorted(whole, key=lambda span: (span.start, -span.end)))


CALL = "the call as a whole"


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of the waterfall, in units of the drawing."""

    lane: str
    name: str
    x: float
    y: float
    width: float
    from_ms: float
    ms: float
    label_x: float
    anchor: Literal["start", "end"]


@dataclass(frozen=True, slots=True)
class Waterfall:
    """The drawing: its height, the length in milliseconds, its ticks and bars."""

    height: int
    total_ms: float
    ticks: tuple[tuple[float, str], ...]
    bars: tuple[Bar, ...]


WIDTH = 720
_ROW = 26
_TOP = 30
_MOST = 60


def waterfall(spans: Sequence[Span]) -> Waterfall:
    """Return the drawing of spans, at most sixty of them."""
    shown = story(spans)[:_MOST]
    if not shown:
        return Waterfall(_TOP, 0.0, (), ())
    begin = min(s.start for s in shown)
    total = max(s.end for s in shown) - begin or 1e-6
    step = _step(total * 1000)
    ticks = tuple(
        (round(n * step / (total * 1000) * WIDTH, 1), f"{n * step:g}")
        for n in range(int(total * 1000 // step) + 1)
    )
    bars = tuple(_bar(s, n, begin=begin, total=total) for n, s in enumerate(shown))
    return Waterfall(_TOP + len(shown) * _ROW, total * 1000, ticks, bars)


def _bar(span: Span, row: int, *, begin: float, total: float) -> Bar:
    x = (span.start - begin) / total * WIDTH
    width = max((span.end - span.start) / total * WIDTH, 1.5)
    return Bar(
        lane=span.lane,
        name=span.name,
        x=round(x, 1),
        y=_TOP + row * _ROW,
        width=round(width, 1),
        from_ms=(span.start - begin) * 1000,
        ms=span.ms,
        **_label(x, width),
    )


def _label(x: float, width: float) -> dict[str, Any]:
    """Return where a bar's label stands: behind it, before it, or on it, where there is room."""
    if x + width <= WIDTH / 2:
        return {"label_x": round(x + width + 6, 1), "anchor": "start"}
    if x >= WIDTH / 2:
        return {"label_x": round(x - 6, 1), "anchor": "end"}
    return {"label_x": round(x + 6, 1), "anchor": "start"}


def _step(total_ms: float) -> float:
    """Return a distance of ticks that a person can count in: 1, 2 or 5 times a power of ten."""
    step = 10.0**-2
    while True:
        for factor in (1, 2, 5):
            if total_ms / (step * factor) <= 6:
                return step * factor
        step *= 10
