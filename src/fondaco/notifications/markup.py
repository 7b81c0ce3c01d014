"""What a template may write by each channel, and how values are made harmless there."""

import html
import re
from collections.abc import Callable
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Final

from fondaco.notifications import language
from fondaco.notifications.language import Broken, Template
from fondaco.notifications.states import Channel

_CONTROLS: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
"""Controls, and the marks that turn the direction of writing, which make a name look like another."""

LINKS: Final = frozenset({"unsubscribe_url", "pages_url"})
"""Values that the house makes itself: they alone may stand in a link."""

_LINK: Final = re.compile(r'\A<a href="\x00"\Z')
_MAIL_TAGS: Final = frozenset(
    {
        "a",
        "b",
        "blockquote",
        "br",
        "code",
        "div",
        "em",
        "h1",
        "h2",
        "h3",
        "hr",
        "i",
        "li",
        "ol",
        "p",
        "pre",
    }
    | {"span", "strong", "table", "tbody", "td", "th", "thead", "tr", "u", "ul"}
)
_TELEGRAM_TAGS: Final = frozenset(["a", "b", "code", "i", "pre", "s", "u"])
"""Bot API, "HTML style"; those that need no attribute, and links."""
_TELEGRAM_ENTITIES: Final = frozenset({"lt", "gt", "amp", "quot"})
_VOID: Final = frozenset({"br", "hr"})
_ATTRIBUTES: Final = frozenset({"href", "align", "colspan", "style"})


def plain(value: str) -> str:
    """Take control characters out of a value."""
    # Nearly all values hold none, which the faster test tells.
    return value if value.isprintable() else _CONTROLS.sub(" ", value)


def one_line(value: str) -> str:
    """Make a value one line, so that it adds no header."""
    return " ".join(plain(value).split())


def as_html(value: str) -> str:
    """Escape a value for HTML, in texts and in quoted attributes."""
    return html.escape(plain(value), quote=True)


def as_slack(value: str) -> str:
    """Escape a value for Slack: the three signs that begin links, mentions and entities."""
    return plain(value).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


@dataclass(frozen=True, slots=True)
class Form:
    """Say how a channel's messages are written."""

    has_subject: bool
    has_html: bool
    characters_max: int
    """Of the text, as the channel's company takes it at most."""
    escape: Callable[[str], str]
    tags: frozenset[str] | None = None
    """Tags that the text may hold; none: it is no HTML."""


FORMS: Final = {
    Channel.EMAIL: Form(
        has_subject=True, has_html=True, characters_max=language.CHARACTERS_MAX, escape=plain
    ),
    Channel.SMS: Form(has_subject=False, has_html=False, characters_max=480, escape=one_line),
    Channel.TELEGRAM: Form(
        has_subject=False, has_html=False, characters_max=4000, escape=as_html, tags=_TELEGRAM_TAGS
    ),
    Channel.SLACK: Form(has_subject=False, has_html=False, characters_max=4000, escape=as_slack),
    Channel.IN_APP: Form(has_subject=True, has_html=False, characters_max=4000, escape=plain),
    Channel.APPRISE: Form(has_subject=True, has_html=False, characters_max=2000, escape=plain),
}


def check_html(template: Template, tags: frozenset[str] = _MAIL_TAGS) -> None:
    """Pass silently when what a template writes is sound HTML of few tags, with values in texts only.

    Each part of a choice must close what it opens, since either may be written.

    :raises Broken: it is not
    """
    text = "".join(language.literal(template))
    for node in template:
        if isinstance(node, language.Choice):
            check_html(node.then, tags)
            check_html(node.other, tags)
    _check_values(template)
    parser = _Parser(tags)
    parser.feed(text.replace("\x00", "value"))
    parser.close()
    parser.finish()


def _check_values(template: Template) -> None:
    """Refuse values within tags, but for links that the house makes."""
    tag = ""
    for node in template:
        if isinstance(node, language.Text):
            tag = _open_tag(tag + node.text)
        elif tag and isinstance(node, language.Choice):
            raise Broken("A choice cannot stand within a tag.", line=node.line)
        elif tag and isinstance(node, language.Value):
            tag += "\x00"
            if node.name not in LINKS or not _LINK.match(tag + '"'):
                raise Broken(f"{node.name} cannot stand within a tag.", line=node.line)


def _open_tag(text: str) -> str:
    """Give the tag in whose middle a text ends; empty: in none."""
    opened = text.rfind("<")
    return text[opened:] if opened > text.rfind(">") else ""


class _Parser(HTMLParser):
    """Refuse what is not on the lists, and what is not closed."""

    def __init__(self, tags: frozenset[str]) -> None:
        super().__init__(convert_charrefs=False)
        self._tags = tags
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in self._tags:
            raise self._broken(f"<{tag}> is not taken here.")
        for name, value in attrs:
            self._check(tag, name, value or "")
        if tag not in _VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _VOID:
            raise self._broken(f"<{tag}/> closes nothing.")
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open.pop() != tag:
            raise self._broken(f"</{tag}> closes nothing.")

    def handle_data(self, data: str) -> None:
        if "<" in data:
            raise self._broken("A tag is not closed; write &lt; for the sign itself.")

    def handle_entityref(self, name: str) -> None:
        if self._tags is _TELEGRAM_TAGS and name not in _TELEGRAM_ENTITIES:
            raise self._broken(f"&{name}; is not taken here; write the letter itself.")

    def handle_comment(self, data: str) -> None:
        del data
        raise self._broken("Comments are written between {# and #}.")

    def handle_decl(self, decl: str) -> None:
        raise self._broken(f"<!{decl}> is not taken here.")

    def handle_pi(self, data: str) -> None:
        raise self._broken(f"<?{data}> is not taken here.")

    def unknown_decl(self, data: str) -> None:
        raise self._broken(f"<![{data}]> is not taken here.")

    def finish(self) -> None:
        if self.rawdata:
            raise self._broken("A tag is not closed; write &lt; for the sign itself.")
        if self._open:
            raise self._broken(f"<{self._open[-1]}> is not closed.")

    def _check(self, tag: str, name: str, value: str) -> None:
        if name not in _ATTRIBUTES or (name == "href") is not (tag == "a" and name == "href"):
            raise self._broken(f"{name} is not taken at <{tag}>.")
        is_safe = value == "value" or value.startswith(("https://", "mailto:"))
        if name == "href" and not is_safe:
            raise self._broken("A link begins with https:// or mailto:.")
        if name == "style" and re.search(r"[(@\\]|expression|/\*", value, re.IGNORECASE):
            raise self._broken("A style names no addresses.")

    def _broken(self, reason: str) -> Broken:
        return Broken(reason, line=self.getpos()[0])
