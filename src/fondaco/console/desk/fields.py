"""Fields that several forms of the desk have."""

from collections.abc import Iterable
from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from fondaco.console.forms import Asking
from fondaco.console.templatetags.console import words

REASON_MAX: Final = 300
NOTE_MAX: Final = 500
_PLACES: Final = 18
_DIGITS: Final = 39


class WhyForm(Asking):
    """Take why."""

    reason = forms.CharField(
        label=_("Why"), max_length=REASON_MAX, widget=forms.Textarea(attrs={"rows": 2})
    )


def choices(values: Iterable[str], *, empty: Any = None) -> list[tuple[str, Any]]:
    """Give choices in words; the first one stands for none where it is named."""
    found: list[tuple[str, Any]] = [(one, words(one).capitalize()) for one in values]
    return found if empty is None else [("", empty), *found]


def amount(label: Any, *, help_text: Any = "") -> forms.DecimalField:
    """Take an amount in major units, or nothing."""
    return forms.DecimalField(
        label=label,
        help_text=help_text,
        required=False,
        min_value=0,
        max_digits=_DIGITS,
        decimal_places=_PLACES,
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
    )


def number(label: Any, *, low: int, high: int, help_text: Any = "") -> forms.IntegerField:
    """Take a whole number, or nothing."""
    return forms.IntegerField(
        label=label,
        help_text=help_text,
        required=False,
        min_value=low,
        max_value=high,
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
    )


def yes_no(label: Any, *, help_text: Any = "") -> forms.ChoiceField:
    """Take yes, no, or nothing said."""
    return forms.ChoiceField(
        label=label,
        help_text=help_text,
        required=False,
        choices=[("", _("Not said here")), ("yes", _("Yes")), ("no", _("No"))],
    )


def text(label: Any, *, longest: int, required: bool = True, help_text: Any = "") -> Any:
    """Take one line."""
    return forms.CharField(label=label, max_length=longest, required=required, help_text=help_text)


def long_text(label: Any, *, longest: int, rows: int = 3, required: bool = True) -> Any:
    """Take several lines."""
    return forms.CharField(
        label=label,
        max_length=longest,
        required=required,
        widget=forms.Textarea(attrs={"rows": rows}),
    )


def switch(label: Any) -> forms.BooleanField:
    """Take on or off."""
    return forms.BooleanField(label=label, required=False)
