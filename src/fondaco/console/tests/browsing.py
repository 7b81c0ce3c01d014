"""Somebody in front of a browser without scripts, for tests that need no real one."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from django.test import Client

from fondaco.kit import options
from fondaco.wallets.tests.cast import PASSWORD, Person

_FORM: Final = re.compile(r"<form\b([^>]*)>(.*?)</form>", re.DOTALL)
_ACTION: Final = re.compile(r'action="([^"]*)"')
_HIDDEN: Final = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)"')

_OF_EVERY_PAGE: Final = ("/console/logout", "/console/language", "/console/theme")


class Browser:
    """Open pages, and send forms as they stand on them."""

    def __init__(self) -> None:
        self.client = Client(enforce_csrf_checks=True, SERVER_NAME="localhost")

    def open(self, path: str) -> Any:
        """Open a page of the console."""
        return self.client.get(_whole(path))

    def text(self, path: str) -> str:
        """Give a page's source."""
        return str(self.open(path).content.decode())

    def hidden(self, path: str, *, action: str | None = None) -> dict[str, str]:
        """Give what a form carries unseen: the last one that goes to an address, or the last that posts."""
        found: dict[str, str] = {}
        for attributes, inside in _FORM.findall(self.text(path)):
            there = _ACTION.search(attributes)
            goes = there.group(1) if there else _whole(path)
            if goes in _OF_EVERY_PAGE or 'method="post"' not in attributes:
                continue
            if action is None or goes == _whole(action):
                found = dict(_HIDDEN.findall(inside))
        return found

    def send(self, path: str, given: dict[str, Any], *, on: str | None = None) -> Any:
        """Send a form that stands on a page to its address."""
        hidden = self.hidden(on or path, action=path if on else None)
        return self.client.post(_whole(path), hidden | given)

    def log_in(self, person: Person) -> "Browser":
        """Log in by password."""
        return self.enter(person.email, PASSWORD)

    def enter(self, email: str, password: str) -> "Browser":
        """Log in by password."""
        sent = self.send("login", {"identifier": email, "password": password})
        assert sent.status_code == 303
        return self


@contextmanager
def browsing(tenant: str) -> Iterator[Browser]:
    """Give a fresh browser at one tenant's console."""
    with options.override(default_tenant=tenant, rate_limits=False):
        yield Browser()


def _whole(path: str) -> str:
    return path if path.startswith("/") else f"/console/{path}"
