"""A real browser on pages that a thread serves, and what every page is asked there."""

import logging
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask

CHROMIUM = shutil.which("chromium")
ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run")
IN_A_BROWSER = (
    pytest.mark.slow,
    pytest.mark.skipif(
        CHROMIUM is None, reason="Debian's chromium is not installed (apt-get install chromium)"
    ),
)


@contextmanager
def chromium() -> Iterator[Any]:
    """Lend a browser without a window."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        yield browser
        browser.close()


@contextmanager
def served_by_a_thread(app: Flask, port: int = 0) -> Iterator[str]:
    """Lend the address of an application on loopback."""
    from werkzeug.serving import make_server

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", port, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, name="served", daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def open_all(page: Any) -> None:
    """Unfold everything."""
    page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true })")


def axe_faults(page: Any, **options: Any) -> list[tuple[str, str]]:
    """Return what axe finds on a page: the rule, and the first element that breaks it."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page, options=options or None).response["violations"]
    return [(fault["id"], fault["nodes"][0]["html"][:200]) for fault in found]


def small_targets(page: Any, *, excepted: str) -> list[str]:
    """Return targets under 24 px (WCAG 2.2, 2.5.8); links inside of sentences are excepted there."""
    return page.evaluate(
        """(excepted) => [...document.querySelectorAll("a, button, summary, select, input, textarea")]
            .filter((each) => each.offsetParent !== null && !each.closest(excepted))
            .map((each) => [each.outerHTML.slice(0, 120), each.getBoundingClientRect()])
            .filter(([, box]) => box.height > 0 && (box.height < 24 || box.width < 24))
            .map(([html, box]) => `${Math.round(box.width)}x${Math.round(box.height)} ${html}`)""",
        excepted,
    )


def tab_to(page: Any, reached: Callable[[], bool], *, what: str) -> None:
    """Press Tab until this is reached, as somebody without a mouse does."""
    for _ in range(150):
        page.keyboard.press("Tab")
        if reached():
            return
    raise AssertionError(f"Tab never reaches {what}")
