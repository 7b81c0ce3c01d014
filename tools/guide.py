"""Ask a running system over HTTP, show each request and answer, and count what is not as it should be."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import uuid4

import httpx
from rich.console import Console, Group
from rich.panel import Panel
from rich.syntax import Syntax
from rich.text import Text

API: Final = "api/v1"
SHOWN_MAX: Final = 36
"""Longer texts, such as access tokens, are cut for the eye."""
LINES_MAX: Final = 40
PATIENCE_S: Final = 60
THROTTLED: Final = 429
MISSING: Final = "(missing)"


@dataclass(slots=True, kw_only=True)
class Ask:
    """One request, and what its answer should be."""

    says: str
    """One sentence for the newcomer."""
    path: str
    """Below the API's base, or a whole address."""
    method: str = "POST"
    status: int = 201
    body: Any = None
    token: str | None = field(default=None, repr=False)
    key: str | None = None
    """Idempotency key; none: the request moves nothing."""
    headers: Mapping[str, str] = field(default_factory=dict)
    expected: Mapping[str, Any] = field(default_factory=dict)
    """Dotted path in the answer → exact value; list members by their number."""
    headers_expected: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Person:
    """Somebody who was signed up on the tour."""

    email: str
    password: str = field(repr=False)
    token: str = field(default="", repr=False)
    wallet: str = field(default="", repr=False)
    """The token of the first wallet."""
    wallet_id: str = ""


class Guide:
    """Lead through the API of a system under one address."""

    def __init__(
        self, origin: str, console: Console, transport: httpx.BaseTransport | None = None
    ) -> None:
        """Keep one connection for the whole tour; tests bring a transport without network."""
        self.origin = origin.rstrip("/")
        base_url = f"{self.origin}/{API}"
        self._client = httpx.Client(base_url=base_url, timeout=30, transport=transport)
        self._console = console
        self.asked = 0
        self.wrong: list[str] = []

    def chapter(self, title: str) -> None:
        """Begin a chapter."""
        self._console.rule(f"[bold]{title}")

    def ask(self, ask: Ask) -> Any:
        """Send the request, show both sides, compare, and give the answer's content.

        :raises httpx.TransportError: nobody answers
        """
        self.asked += 1
        answer = self._send(ask)
        content = _content(answer)
        mistakes = _mistakes(ask, answer, content)
        self.wrong += [f"{self.asked}. {ask.method} {ask.path}: {line}" for line in mistakes]
        self._show(ask, answer, content, mistakes)
        return content

    def _send(self, ask: Ask) -> httpx.Response:
        headers = dict(ask.headers)
        if ask.token is not None:
            headers["Authorization"] = f"Bearer {ask.token}"
        if ask.key is not None:
            headers["Idempotency-Key"] = ask.key
        waited_s = 0
        while True:
            answer = self._client.request(ask.method, ask.path, json=ask.body, headers=headers)
            pause_s = int(answer.headers.get("Retry-After", "1"))
            if answer.status_code != THROTTLED or ask.status == THROTTLED or waited_s > PATIENCE_S:
                return answer
            self._console.print(f"[dim]Asked too often; waiting {pause_s} s as the answer says.")
            time.sleep(pause_s)
            waited_s += pause_s

    def _show(self, ask: Ask, answer: httpx.Response, content: Any, mistakes: list[str]) -> None:
        self._console.print(Text(f"\n{self.asked}. {ask.says}", style="bold cyan"))
        target = answer.request.url.raw_path.decode()
        lines = [f"{ask.method} {_cut_path(target)}"]
        lines += ["Authorization: Bearer …"] if ask.token is not None else []
        lines += [f"Idempotency-Key: {ask.key}"] if ask.key is not None else []
        lines += [f"{name}: {value}" for name, value in ask.headers.items()]
        request = Group(Text("\n".join(lines)), *_pretty(ask.body))
        self._console.print(
            Panel(request, title="request", title_align="left", border_style="blue")
        )
        replayed = "  (replayed)" if "Idempotent-Replay" in answer.headers else ""
        status = Text(f"{answer.status_code} {answer.reason_phrase}{replayed}")
        colour = "red" if mistakes else "green"
        shown = Group(status, *_pretty(content))
        self._console.print(Panel(shown, title="answer", title_align="left", border_style=colour))
        for line in mistakes:
            self._console.print(Text(f"   ✗ {line}", style="bold red"))


def new_key(what: str) -> str:
    """Make an idempotency key that nobody used before."""
    return f"tour-{what}-{uuid4().hex[:12]}"


def _mistakes(ask: Ask, answer: httpx.Response, content: Any) -> list[str]:
    found = []
    if answer.status_code != ask.status:
        found.append(f"status {answer.status_code}, should be {ask.status}")
    for path, value in ask.expected.items():
        real = _at(content, path)
        if real != value:
            found.append(f"{path} is {real!r}, should be {value!r}")
    for name, wanted in ask.headers_expected.items():
        if answer.headers.get(name) != wanted:
            found.append(f"header {name} is {answer.headers.get(name)!r}, should be {wanted!r}")
    return found


def _at(content: Any, path: str) -> Any:
    for part in path.split("."):
        if isinstance(content, list) and part.isdigit() and int(part) < len(content):
            content = content[int(part)]
        elif isinstance(content, dict) and part in content:
            content = content[part]
        else:
            return MISSING
    return content


def _content(answer: httpx.Response) -> Any:
    if "json" in answer.headers.get("Content-Type", ""):
        return answer.json()
    return answer.text


def _pretty(content: Any) -> list[Syntax | Text]:
    if content is None or content == "":
        return []
    if isinstance(content, str):
        return [Text(content.strip())]
    lines = json.dumps(_cut(content), indent=2, ensure_ascii=False).splitlines()
    more = [f"… {len(lines) - LINES_MAX} more lines"] if len(lines) > LINES_MAX else []
    text = "\n".join(lines[:LINES_MAX] + more)
    return [Syntax(text, "json", theme="ansi_dark", background_color="default", word_wrap=True)]


def _cut(content: Any) -> Any:
    if isinstance(content, dict):
        return {name: _cut(value) for name, value in content.items()}
    if isinstance(content, list):
        return [_cut(value) for value in content]
    if not isinstance(content, str) or " " in content or content.startswith("urn:"):
        return content
    return f"{content[:12]}…" if len(content) > SHOWN_MAX else content


def _cut_path(path: str) -> str:
    return "/".join(
        f"{part[:12]}…" if len(part) > SHOWN_MAX - 1 else part for part in path.split("/")
    )
