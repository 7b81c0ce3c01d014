"""Debian's Chromium without its windows, driven by Playwright in a thread of its own.

Playwright's synchronous form runs an event loop in its thread, in which Django refuses its database. So what
drives the browser runs in one thread, and what looks at the books in the test's.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, TypeVar

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

from fondaco.kit import options
from fondaco.realtime.tests.clients import announcing, serving
from tests.browser.pages import Visitor
from tests.plumbing import tools
from tests.plumbing.serving import platform

Found = TypeVar("Found")

_ARGUMENTS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    # Scripts are compiled, and their garbage collected, in the page's own thread: for pages that live for
    # a second, threads beside it cost more than they save.
    "--js-flags=--single-threaded",
)
PATIENCE_MS = 90_000
"""How long a page may take on a machine that is busy with other things."""


class Driver:
    """Run what drives the browser in its thread."""

    def __init__(self, thread: ThreadPoolExecutor, browser: Browser) -> None:
        self._thread, self._browser = thread, browser

    def run(self, act: Callable[[Visitor], Found], *, origin: str, **options: Any) -> Found:
        """Act as a visitor with a fresh browser window; gives what the act gives."""

        def work() -> Found:
            with self._browser.new_context(base_url=origin, **options) as context:
                context.set_default_timeout(PATIENCE_MS)
                visitor = Visitor(context.new_page())
                found = act(visitor)
                visitor.check_quiet()
                return found

        return self._thread.submit(work).result()


@pytest.fixture(scope="session")
def driver() -> Iterator[Driver]:
    """Start Chromium once."""
    with ThreadPoolExecutor(max_workers=1) as thread:
        playwright: Playwright = thread.submit(lambda: sync_playwright().start()).result()
        path = tools.find("chromium-headless-shell")
        browser = thread.submit(
            lambda: playwright.chromium.launch(executable_path=path, args=_ARGUMENTS)
        ).result()
        try:
            yield Driver(thread, browser)
        finally:
            thread.submit(browser.close).result()
            thread.submit(playwright.stop).result()


@pytest.fixture
def origin(tenant: Any) -> Iterator[str]:
    """Serve the platform, and the sockets that its pages open."""
    with (
        serving() as sockets,
        announcing(),
        options.override(realtime_url=f"ws://127.0.0.1:{sockets.port}"),
        platform(tenant.name) as address,
    ):
        yield address
