"""The language of templates: texts, values and choices over plain data, checked before anything is sent.

``{{ amount.currency }}`` writes a value, ``{% if reason %}…{% else %}…{% endif %}`` chooses by a value that
is there, ``{% if state == "done" %}`` by what it says, ``{# … #}`` is for the next editor. There is nothing
else: no calls, no attributes, no loops, no includes. A name is looked up in mappings of texts alone, so
nothing leads from a template to an object of the program (ADR 0028).
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

CHARACTERS_MAX: Final = 20_000
DEPTH_MAX: Final = 5
VALUE_CHARACTERS_MAX: Final = 500
"""A value is cut here, so that nobody's label fills a message."""

Plain = str | bool | None
Data = Mapping[str, "Plain | Mapping[str, Plain]"]

PARTS: Final = re.compile(r"\{\{(.*?)\}\}|\{%(.*?)%\}|\{#.*?#\}", re.DOTALL)
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,59}(\.[a-z][a-z0-9_]{0,59})?", re.ASCII)
_IF: Final = re.compile(r'if\s+([a-z][a-z0-9_.]{0,120})(?:\s*==\s*"([^"{}%]{0,100})")?', re.ASCII)
_LEFT_OVER: Final = ("{{", "}}", "{%", "%}", "{#", "#}")


class Broken(ValueError):
    """Say what is wrong with a template, and in which line."""

    def __init__(self, reason: str, *, line: int) -> None:
        """Say it in one sentence for the editor."""
        super().__init__(f"Line {line}: {reason}")
        self.line = line


@dataclass(frozen=True, slots=True)
class Text:
    """Write what stands there."""

    text: str


@dataclass(frozen=True, slots=True)
class Value:
    """Write what the data say."""

    name: str
    line: int


@dataclass(frozen=True, slots=True)
class Choice:
    """Write one of two parts."""

    name: str
    word: str | None
    """What the value must say; none: it must be there and be neither empty nor false."""
    then: "tuple[Node, ...]"
    other: "tuple[Node, ...]"
    line: int


Node = Text | Value | Choice
Template = tuple[Node, ...]


def parse(source: str) -> Template:
    """Read a template.

    :raises Broken: it is not one
    """
    if len(source) > CHARACTERS_MAX:
        raise Broken(f"A template has at most {CHARACTERS_MAX} characters.", line=1)
    reader = _Reader(source)
    found, ended_by = reader.read(depth=0)
    if ended_by:
        raise Broken(f"{ended_by} has no if before it.", line=reader.line)
    return found


def names(template: Sequence[Node]) -> Iterator[tuple[str, int]]:
    """Go through the names that a template uses, with their lines."""
    for node in template:
        if isinstance(node, Value):
            yield node.name, node.line
        elif isinstance(node, Choice):
            yield node.name, node.line
            yield from names(node.then)
            yield from names(node.other)


def check(template: Sequence[Node], known: frozenset[str]) -> None:
    """Pass silently when a template names only what it can know.

    :raises Broken: it names something else
    """
    for name, line in names(template):
        if name not in known:
            raise Broken(f"{name} is not known here.", line=line)


def render(template: Sequence[Node], data: Data, *, escape: Callable[[str], str]) -> str:
    """Write a template with values, each escaped; what the data lack is written as nothing."""
    return _written(template, _Values(data, escape))


class _Values(dict[str, str]):
    """Hold values as they are written: looked up and escaped when they are first asked for."""

    def __init__(self, data: Data, escape: Callable[[str], str]) -> None:
        super().__init__()
        self.data = data
        self._escape = escape

    def __missing__(self, name: str) -> str:
        written = self[name] = self._escape(_text(_look_up(self.data, name)))
        return written


def literal(template: Sequence[Node]) -> Iterator[str]:
    """Go through all that a template may write, both parts of each choice; values are NULs."""
    for node in template:
        match node:
            case Text():
                yield node.text
            case Value():
                yield "\x00"
            case Choice():
                yield from literal(node.then)
                yield from literal(node.other)


def _written(template: Sequence[Node], values: _Values) -> str:
    # Written a thousand times for one that is read: classes are compared rather than matched.
    return "".join(
        [
            values[node.name]
            if type(node) is Value
            else node.text
            if type(node) is Text
            else _chosen(node, values)
            for node in template
        ]
    )


def _chosen(node: Node, values: _Values) -> str:
    if not isinstance(node, Choice):
        raise TypeError(f"{type(node).__qualname__} is no part of a template")
    found = _look_up(values.data, node.name)
    is_met = bool(found) if node.word is None else _text(found) == node.word
    return _written(node.then if is_met else node.other, values)


def _look_up(data: Data, name: str) -> Plain:
    first, _, second = name.partition(".")
    found = data.get(first)
    if second:
        found = found.get(second) if isinstance(found, dict | Mapping) else None
    return found if isinstance(found, str | bool) else None


def _text(value: Plain) -> str:
    if isinstance(value, bool):
        return "yes" if value else ""
    return (value or "")[:VALUE_CHARACTERS_MAX]


class _Reader:
    """Go through a template once."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._parts = list(PARTS.finditer(source))
        self._next = 0
        self._at = 0
        self.line = 1

    def read(self, *, depth: int) -> tuple[Template, str]:
        """Read up to the end or to what ends a part of a choice; give that too."""
        found: list[Node] = []
        while self._next < len(self._parts):
            part = self._parts[self._next]
            self._next += 1
            found += self._plain(part.start())
            self._at = part.end()
            if part[1] is not None:
                found.append(self._value(part[1].strip()))
            elif part[2] is not None:
                word = part[2].strip()
                if word in {"else", "endif"}:
                    return tuple(found), word
                found.append(self._choice(word, depth=depth + 1))
        found += self._plain(len(self._source))
        return tuple(found), ""

    def _plain(self, end: int) -> list[Node]:
        text = self._source[self._at : end]
        self.line = self._source.count("\n", 0, end) + 1
        for mark in _LEFT_OVER:
            if mark in text:
                line = self._source.count("\n", 0, self._at + text.index(mark)) + 1
                raise Broken(f"{mark} stands alone.", line=line)
        return [Text(text)] if text else []

    def _value(self, name: str) -> Value:
        if not _NAME.fullmatch(name):
            raise Broken("Between {{ and }} stands one name.", line=self.line)
        return Value(name, self.line)

    def _choice(self, word: str, *, depth: int) -> Choice:
        asked, line = _IF.fullmatch(word), self.line
        if asked is None or not _NAME.fullmatch(asked[1]):
            raise Broken("Between {% and %} stands if, else or endif.", line=line)
        if depth > DEPTH_MAX:
            raise Broken(f"Choices stand in each other at most {DEPTH_MAX} deep.", line=line)
        then, ended_by = self.read(depth=depth)
        other: Template = ()
        if ended_by == "else":
            other, ended_by = self.read(depth=depth)
        if ended_by != "endif":
            raise Broken("This if has no endif.", line=line)
        return Choice(asked[1], asked[2], then, other, line)
