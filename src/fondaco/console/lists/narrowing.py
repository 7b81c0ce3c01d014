"""The form that narrows a list, made from the list's description and sent by GET."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from fondaco.console.lists.described import Asked, Choice, Label, OperatorList

FROM: Final = "from"
TO: Final = "to"
TEXT: Final = "text"
SORT: Final = "sort"

_YEARS: Final = (date(1970, 1, 1), date(9998, 12, 31))
_TEXT_MAX: Final = 200


class NarrowForm(forms.Form):
    """Take how a list is narrowed."""

    def __init__(self, listed: OperatorList[Any], given: QueryDict) -> None:
        """Make the fields that the list has; where nothing is asked for, its defaults are."""
        names = [name for name in _names(listed) if name in given]
        data = {name: given.get(name, "") for name in names} or _defaults(listed)
        self._preset = frozenset(_defaults(listed))
        super().__init__(data)
        self.fields.update(_fields(listed))

    def clean(self) -> dict[str, Any]:
        """Refuse a range that ends before it begins."""
        given: dict[str, Any] = super().clean() or {}
        first, last = given.get(FROM), given.get(TO)
        if first and last and first > last:
            self.add_error(TO, _("Choose a day that is not before the first one."))
        return given

    @property
    def asked(self) -> Asked:
        """Give what is asked for; the form is known to be valid."""
        given = self.cleaned_data
        first, last = given.get(FROM), given.get(TO)
        known = {FROM, TO, TEXT, SORT}
        return Asked(
            text=given.get(TEXT) or "",
            since=_midnight(first) if first else None,
            until=_midnight(last) + timedelta(days=1) if last else None,
            sort=given.get(SORT) or "",
            chosen={name: value for name, value in given.items() if name not in known and value},
        )

    @property
    def query(self) -> str:
        """Write what is asked for as the query of an address, in one order and without what is empty."""
        kept = QueryDict(mutable=True)
        for name in self.fields:
            value = str(self.data.get(name, "")).strip()
            if value or name in self._preset:  # "any" in the place of what is usual is an ask, too
                kept[name] = value
        return kept.urlencode()


def _names(listed: OperatorList[Any]) -> Sequence[str]:
    return [TEXT, FROM, TO, SORT, *(choice.name for choice in listed.choices)]


def _defaults(listed: OperatorList[Any]) -> Mapping[str, str]:
    return {choice.name: choice.default for choice in listed.choices if choice.default}


def _fields(listed: OperatorList[Any]) -> dict[str, forms.Field]:
    fields: dict[str, forms.Field] = {}
    if listed.searched:
        fields[TEXT] = _text(listed.searched, "search")
    for choice in listed.choices:
        fields[choice.name] = _choice(choice)
    if listed.is_dated:
        fields[FROM] = _day(_("From (UTC)"))
        fields[TO] = _day(_("To (UTC)"))
    if len(listed.sorts) > 1:
        fields[SORT] = forms.ChoiceField(
            label=_("Sorted by"), choices=list(listed.sorts), required=False
        )
    return fields


def _choice(choice: Choice) -> forms.Field:
    if not choice.options:
        return _text(choice.label, "text")
    options = choice.options() if callable(choice.options) else choice.options
    return forms.ChoiceField(
        label=str(choice.label), choices=[("", _("any")), *options], required=False
    )


def _text(label: Label, kind: str) -> forms.Field:
    widget = forms.TextInput(attrs={"type": kind, "autocomplete": "off"})
    return forms.CharField(label=str(label), max_length=_TEXT_MAX, required=False, widget=widget)


def _day(label: Label) -> forms.Field:
    first, last = _YEARS
    bounds = {"type": "date", "min": first.isoformat(), "max": last.isoformat()}
    return forms.DateField(
        label=str(label),
        required=False,
        input_formats=["%Y-%m-%d"],
        widget=forms.DateInput(format="%Y-%m-%d", attrs=bounds),
        validators=[_within_years],
    )


def _within_years(day: date) -> None:
    if not _YEARS[0] <= day <= _YEARS[1]:
        raise forms.ValidationError(_("Choose a day after 1970."))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=UTC)
