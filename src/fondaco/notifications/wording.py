"""Templates as they are read, checked and written: the editor's preview and the sender do the same."""

from functools import lru_cache
from typing import Final

from fondaco.notifications import catalogue, language, markup
from fondaco.notifications.errors import TemplateRefused
from fondaco.notifications.language import Broken, Data, Template
from fondaco.notifications.markup import FORMS
from fondaco.notifications.states import Channel
from fondaco.notifications.types import Wording

SUBJECT_CHARACTERS_MAX: Final = 200
_CUT: Final = "…"


def check(draft: Wording, *, notice: str, channel: Channel, names: frozenset[str]) -> None:
    """Pass silently when a draft can be sent whatever the values are.

    :raises TemplateRefused: it is broken, names what is not known, or has parts that the channel has not
    """
    form = FORMS[channel]
    for field, source, is_there in (
        ("subject", draft.subject, form.has_subject),
        ("html", draft.html, form.has_html),
    ):
        if source and not is_there:
            raise TemplateRefused(f"Messages by {channel} have no {field}.", field=field)
    if form.has_subject and not draft.subject.strip():
        raise TemplateRefused("Write a subject.", field="subject")
    if not draft.text.strip():
        raise TemplateRefused("Write a text.", field="text")
    if len(draft.text) > form.characters_max:
        raise TemplateRefused(f"At most {form.characters_max} characters.", field="text")
    for field, source in (("subject", draft.subject), ("text", draft.text), ("html", draft.html)):
        _check_part(source, field=field, names=names, channel=channel)
    written = write(draft, channel=channel, data=catalogue.example(notice))
    if not written.text.strip():
        raise TemplateRefused("Nothing is written for the example.", field="text")


def write(draft: Wording, *, channel: Channel, data: Data) -> Wording:
    """Write a template that was checked, with values made harmless for the channel."""
    form = FORMS[channel]
    subject = language.render(_parsed(draft.subject), data, escape=markup.one_line)
    text = language.render(_parsed(draft.text), data, escape=form.escape)
    html = language.render(_parsed(draft.html), data, escape=markup.as_html)
    if form.tags is None:
        text = _cut(text, form.characters_max)
    return Wording(
        subject=_cut(" ".join(subject.split()), SUBJECT_CHARACTERS_MAX) if form.has_subject else "",
        text=text,
        html=html if form.has_html else "",
    )


def shipped_for(channel: Channel, wording: Wording) -> Wording:
    """Fit shipped words to a channel: they are plain texts, so markup signs in them are escaped."""
    form = FORMS[channel]
    if form.has_subject:
        return wording
    text = wording.subject if channel is Channel.SMS else wording.text
    return Wording(text=_escaped_literals(text, channel))


def _escaped_literals(source: str, channel: Channel) -> str:
    """Escape the plain parts of shipped words, which hold no signs of the template language themselves."""
    if channel not in {Channel.TELEGRAM, Channel.SLACK}:
        return source
    parts: list[str] = []
    at = 0
    for found in language.PARTS.finditer(source):
        parts += [markup.as_slack(source[at : found.start()]), found[0]]
        at = found.end()
    return "".join([*parts, markup.as_slack(source[at:])])


@lru_cache(maxsize=2000)
def _parsed(source: str) -> Template:
    return language.parse(source)


def _check_part(source: str, *, field: str, names: frozenset[str], channel: Channel) -> None:
    try:
        template = language.parse(source)
        language.check(template, names)
        tags = FORMS[channel].tags
        if field == "html" and source:
            markup.check_html(template)
        elif field == "text" and tags is not None:
            markup.check_html(template, tags)
    except Broken as broken:
        raise TemplateRefused(str(broken), field=field, facts={"line": broken.line}) from None


def _cut(text: str, characters_max: int) -> str:
    return text if len(text) <= characters_max else text[: characters_max - 1] + _CUT
