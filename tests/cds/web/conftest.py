"""A browser for tests of pages; what it opens is served by the fixture `served` of each module."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from browsing import chromium


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as started:
        yield started


@pytest.fixture
def open_page(browser: Any, served: str) -> Iterator[Callable[..., Any]]:
    """Open a path in a window of its own; options are those of a browser's context."""
    contexts = []

    def opened(path: str, **options: Any) -> Any:
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.goto(f"{served}{path}")
        return page

    yield opened
    for context in contexts:
        context.close()
