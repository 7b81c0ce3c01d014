"""What holds for every template: forms can be sent without scripts and by keys, and nothing stands inline."""

import re
from pathlib import Path
from typing import Final

_ROOT: Final = Path(__file__).parent.parent / "templates" / "console"
_FORM: Final = re.compile(r"<form\b([^>]*)>(.*?)</form>", re.DOTALL)
_BUTTON: Final = re.compile(r"<button\b(?![^>]*type=\"button\")")
_INLINE: Final = re.compile(
    r"\s(?:style|on[a-z]+|hx-on[^=]*)=\"|<script\b(?![^>]*\bsrc=)|javascript:"
)
_AHEAD: Final = re.compile(r"tabindex=\"[1-9]")

TEMPLATES: Final = sorted(_ROOT.rglob("*.html"))
FORMS: Final = [
    (one, attributes, inside)
    for one in TEMPLATES
    if one.name != "components.html"  # it shows how forms look, and sends none
    for attributes, inside in _FORM.findall(one.read_text(encoding="utf-8"))
]


def test_there_are_templates_and_forms() -> None:
    assert len(TEMPLATES) > 100
    assert len(FORMS) > 50


def test_every_form_says_how_it_is_sent() -> None:
    neither = [
        one.name
        for one, attributes, _ in FORMS
        if not re.search(r'\bmethod="(?:post|get)"', attributes)
    ]
    assert neither == []


def test_every_form_has_a_button_that_sends_it() -> None:
    assert [one.name for one, _, inside in FORMS if not _BUTTON.search(inside)] == []


def test_nothing_stands_inline() -> None:
    assert [one.name for one in TEMPLATES if _INLINE.search(one.read_text())] == []


def test_keys_go_through_a_page_as_it_is_written() -> None:
    assert [one.name for one in TEMPLATES if _AHEAD.search(one.read_text())] == []
