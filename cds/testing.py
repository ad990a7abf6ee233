"""What a site runs on a service of its own: `check_service` raises where a promise is broken.

```python
from cds.testing import check_service, empty_case

def test_my_service_keeps_its_promises():
    check_service(my_service, models)
```
"""

import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import count
from typing import Any, get_args

from cds.hooks.cards import Card, Change
from cds.hooks.contexts import definition
from cds.hooks.templates import lint
from cds.hooks.wire import card_object
from cds.services.base import Case, Models, Service, ServiceSettings
from models.base import NoDeadline, OutOfTime
from models.record import Kind, Record

_DATES = re.compile(r"\b(?:19|20)\d\d-[01]\d-[0-3]\d\b|\b[0-3]?\d/[0-3]?\d/(?:19|20)\d\d\b")
_ID = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*\Z")


class BrokenPromise(AssertionError):
    """A service does not keep a promise; the message names it and the fix."""


def _promise(kept: object, message: str) -> None:
    if not kept:
        raise BrokenPromise(message)


class _Spent:
    """A deadline that has passed."""

    def left(self) -> float:
        """Return that nothing is left."""
        return 0.0


def empty_case(hook: str, *, record: Record | None = None) -> Case:
    """Return a case in which nothing is known of the patient."""
    numbers = count(1)
    return Case(
        hook=hook,
        record=record or Record(lists=dict.fromkeys(get_args(Kind), "empty")),
        deadline=NoDeadline(),
        patient="Patient/t0",
        new_uuid=lambda: f"00000000-0000-4000-8000-{next(numbers):012d}",
    )


def settings_for(service: Service, **options: Any) -> ServiceSettings:
    """Return a service's default settings with these options."""
    return ServiceSettings(options={**service.options, **options}, base_url="https://cds.example.org")


def check_service(service: Service, models: Models, *, records: Iterable[Record] = ()) -> None:
    """Check a service: what it publishes, what it says of nothing, of these records, and out of time.

    Raises `BrokenPromise` naming the promise. Needs no EHR, store or key.
    """
    _check_published(service)
    settings = settings_for(service)
    cases = [empty_case(hook, record=record) for hook in service.hooks for record in (None, *records)]
    for case in cases:
        cards = service.answer(case, models, settings)
        _check_cards(service, cards, settings)
        again = service.answer(replace(case, new_uuid=empty_case(case.hook).new_uuid), models, settings)
        _promise(_words(cards) == _words(again), f"{service.id}: the same case gets different cards")
    for hook in service.hooks:
        late = replace(empty_case(hook), deadline=_Spent())
        with suppress(OutOfTime):
            _check_cards(service, service.answer(late, models, settings), settings)


def _check_published(service: Service) -> None:
    _promise(_ID.match(service.id), f"{service.id!r}: an id is lower case words joined by hyphens")
    _promise(service.hooks, f"{service.id}: answers no hook")
    for hook in service.hooks:
        definition(hook)
        needs = service.needs(hook)
        faults = lint({key: need.query for key, need in needs.items()}, hooks=[hook]) if needs else []
        _promise(not faults, f"{service.id} on {hook}: {'; '.join(faults)}")
        kinds = {kind for need in needs.values() for kind in need.fills}
        unknown = kinds - set(get_args(Kind))
        _promise(not unknown, f"{service.id} on {hook}: fills unknown kinds of facts {sorted(unknown)}")
    for name in ("title", "description"):
        _promise(getattr(service, name), f"{service.id}: has no {name}")
    faults = list(service.check_options(service.options))
    _promise(not faults, f"{service.id}: its own default options are refused: {faults}")
    _promise(service.check_options({"no-such-option": 1}), f"{service.id}: takes options it does not know")


def _check_cards(service: Service, cards: Sequence[Card], settings: ServiceSettings) -> None:
    seen = set()
    for card in cards:
        place = f"{service.id}: card {card.summary[:40]!r}"
        _promise(card.uuid not in seen, f"{place}: its uuid is another card's too")
        seen.add(card.uuid)
        _promise(card.topic, f"{place}: has no topic, so an EHR cannot remember overrides")
        _promise(card.source.label == settings.label, f"{place}: take the source from settings.source()")
        _promise(not _DATES.search(f"{card.summary} {card.detail}"), f"{place}: says a calendar date")
        for suggestion in card.suggestions:
            _promise(
                all(isinstance(a, Change) for a in suggestion.actions), f"{place}: use Change, not Action"
            )
        card_object(replace(card, suggestions=(), selection_behavior=None), about={})


def _words(cards: Sequence[Card]) -> list[tuple[str, str, str]]:
    return [(card.summary, card.detail, card.topic) for card in cards]
