"""The language of templates: what it writes, what it refuses, and that nothing leads out of it."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, strategies as st

from fondaco.notifications import language, markup
from fondaco.notifications.language import Broken

DATA = {"name": "Ada", "amount": {"amount": "5.50", "currency": "USD"}, "is_on": True, "none": None}

ESCAPES = [
    "{{ name.__class__ }}",
    "{{ name.__class__.__mro__ }}",
    "{{ __import__ }}",
    "{{ ''.join }}",
    "{{ 7*7 }}",
    "{{ name|upper }}",
    "{{ name.upper() }}",
    "{{ request.settings.SECRET_KEY }}",
    "{{ config['SECRET_KEY'] }}",
    "{{ self._TemplateReference__context }}",
    "{% load static %}",
    "{% include 'etc/passwd' %}",
    "{% extends 'base.html' %}",
    "{% debug %}",
    "{% for x in y %}{% endfor %}",
    "{% import os %}",
    "{% if name == 'a' or True %}{% endif %}",
    "${name}",
    "{name.__class__}",
    "%(name)s",
    "<%= name %>",
    "#{name}",
]


def written(source: str, data: Mapping[str, Any] = DATA) -> str:
    return language.render(language.parse(source), data, escape=str)


class TestATemplate:
    @pytest.mark.parametrize(
        ("source", "expected"),
        [
            ("Hello {{ name }}!", "Hello Ada!"),
            ("{{amount.amount}} {{ amount.currency }}", "5.50 USD"),
            ("{% if is_on %}on{% else %}off{% endif %}", "on"),
            ("{% if none %}there{% else %}not{% endif %}", "not"),
            ('{% if name == "Ada" %}you{% endif %}', "you"),
            ('{% if name == "Eve" %}you{% else %}who{% endif %}', "who"),
            ("{% if name %}{% if none %}a{% else %}b{% endif %}{% endif %}", "b"),
            ("a{# for the editor {{ name #}b", "ab"),
            ("{{ none }}{{ missing }}{{ name.first }}{{ amount }}", ""),
            ("a { b } % c", "a { b } % c"),
        ],
    )
    def test_writes(self, source: str, expected: str) -> None:
        assert written(source) == expected

    @pytest.mark.parametrize(
        ("source", "line"),
        [
            ("{{ name", 1),
            ("a\nname }}", 2),
            ("{{ }}", 1),
            ("{% if name %}", 1),
            ("a\n{% endif %}", 2),
            ("{% else %}", 1),
            ("{% if %}{% endif %}", 1),
            ("{% if name %}{% else %}{% else %}{% endif %}", 1),
            ("{% while name %}{% endif %}", 1),
            ("{{ Name }}", 1),
            ("{{ a.b.c }}", 1),
            ("{{ name\n\n }} {{ 1 }}", 3),
            ("{% if a %}" * 6 + "{% endif %}" * 6, 1),
            ("x" * 20_001, 1),
        ],
    )
    def test_is_refused_with_the_line_when_it_is_broken(self, source: str, line: int) -> None:
        with pytest.raises(Broken) as broken:
            language.parse(source)
        assert broken.value.line == line

    def test_names_only_what_is_known(self) -> None:
        template = language.parse("{{ name }}\n{% if reason %}{{ amount.currency }}{% endif %}")
        known = frozenset({"name", "reason", "amount.currency"})
        language.check(template, known)
        for missing in known:
            with pytest.raises(Broken, match=missing):
                language.check(template, known - {missing})


class TestInjection:
    @pytest.mark.parametrize("source", ESCAPES)
    def test_reaches_no_object(self, source: str) -> None:
        try:
            found = written(source)
        except Broken:
            return
        assert found == source  # other languages' signs are plain text

    @pytest.mark.parametrize("value", [object(), print, str, {"a": object()}, ["x"], b"bytes", 5])
    def test_writes_nothing_of_what_is_no_text(self, value: Any) -> None:
        assert written("{{ name }}{{ name.a }}", {"name": value}) == ""

    def test_takes_a_value_for_text_though_it_looks_like_a_template(self) -> None:
        hostile = "{{ amount.amount }}{% if is_on %}x{% endif %}"
        assert written("{{ name }}", DATA | {"name": hostile}) == hostile

    def test_cuts_values(self) -> None:
        assert len(written("{{ name }}", {"name": "x" * 10_000})) == language.VALUE_CHARACTERS_MAX

    @given(st.text(alphabet='{}%#ifels nd="a.\n', max_size=60))
    def test_ends_with_text_or_a_refusal_whatever_is_written(self, source: str) -> None:
        try:
            found = written(source, {"a": "x"})
        except Broken:
            return
        assert len(found) <= len(source)


def check(source: str) -> None:
    markup.check_html(language.parse(source))


class TestHtml:
    @pytest.mark.parametrize(
        "source",
        [
            "<p>Hello <b>{{ name }}</b><br>1 &lt; 2</p>",
            '<a href="https://example.com/x">here</a>',
            '<a href="{{ unsubscribe_url }}">leave</a>',
            "{% if name %}<b>{{ name }}</b>{% else %}<i>you</i>{% endif %}",
            '<td colspan="2" style="color: red">x</td>',
        ],
    )
    def test_is_taken_when_it_is_sound(self, source: str) -> None:
        check(source)

    @pytest.mark.parametrize(
        "source",
        [
            "<p>",
            "</p>",
            "<b><i></b></i>",
            "1 < 2",
            "<b",
            "<script>{{ name }}</script>",
            "<style>b{}</style>",
            '<img src="https://example.com/pixel">',
            '<b onclick="x">x</b>',
            '<a href="javascript:alert(1)">x</a>',
            '<a href="{{ name }}">x</a>',
            "<a href={{ unsubscribe_url }}>x</a>",
            '<a href="https://e.com/{{ unsubscribe_url }}">x</a>',
            "<{{ name }}>",
            "<b {{ name }}>x</b>",
            '<b {% if name %}style="a"{% endif %}>x</b>',
            "{% if name %}<b>{% else %}</b>{% endif %}",
            '<p style="background: url(https://e.com)">x</p>',
            "<!-- {{ name }} -->",
            "<!doctype html>",
            '<form action="https://e.com"></form>',
            "<iframe></iframe>",
        ],
    )
    def test_is_refused_when_a_value_or_a_mistake_could_do_harm(self, source: str) -> None:
        with pytest.raises(Broken):
            check(source)


HOSTILE = '<script>alert("x")</script>\r\nBcc: eve@example.com\u202e &'


class TestEscaping:
    def test_leaves_no_markup_in_html(self) -> None:
        found = language.render(
            language.parse("<p>{{ name }}</p>"), {"name": HOSTILE}, escape=markup.as_html
        )
        assert found.startswith("<p>&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;")
        assert found.count("<") == 2
        assert "\u202e" not in found

    def test_leaves_no_mention_and_no_link_at_slack(self) -> None:
        found = markup.as_slack("<!channel> <https://e.com|bank> & co")
        assert found == "&lt;!channel&gt; &lt;https://e.com|bank&gt; &amp; co"

    def test_leaves_one_line_in_a_subject(self) -> None:
        assert "\n" not in markup.one_line(HOSTILE)
        assert "\r" not in markup.one_line(HOSTILE)
