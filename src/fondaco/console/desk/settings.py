"""What the house says for itself where the environment speaks for all: rate limits, origins, time zone."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext as _, gettext_lazy

from fondaco.console.desk.acting import Act, Outcome, listing
from fondaco.console.desk.fields import text
from fondaco.console.desk.proposing import propose
from fondaco.console.forms import Asking
from fondaco.console.lists import Asked, Badge, Choice, Column, OperatorList, held_rows
from fondaco.console.pages import Answer, page
from fondaco.console.templatetags.console import words
from fondaco.identity.queries import get_customers
from fondaco.identity.types import Customer, customer_wire
from fondaco.kit.access import STAFF, Principal
from fondaco.kit.errors import InvalidField
from fondaco.operators.rights import Right
from fondaco.policies.queries.rules import list_settings
from fondaco.policies.settings import DECLARED, ORIGINS, TIME_ZONE
from fondaco.policies.signed import SETTING

_WINDOW_PARTS: Final = 2


class SettingForm(Asking):
    """Take what the house wants otherwise than the environment says."""

    name = forms.ChoiceField(label=gettext_lazy("Setting"))
    customer = text(
        gettext_lazy("For one customer alone (cus_…)"),
        longest=40,
        required=False,
        help_text=gettext_lazy("Some rate limits alone can be a customer's own."),
    )
    value = forms.CharField(
        label=gettext_lazy("Value"),
        required=False,
        max_length=4000,
        help_text=gettext_lazy(
            "Rate limits: one line for each window, requests and seconds, such as 100 / 60. "
            "Origins: one line each, such as https://shop.example. "
            "Time zone: such as Europe/Madrid. Empty: as the environment says."
        ),
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Make the form with the settings that there are."""
        super().__init__(*args, **kwargs)
        self.fields["name"].choices = [(name, label_of(name)) for name in DECLARED]  # type: ignore[attr-defined]  # a ChoiceField

    def to_terms(self) -> dict[str, Any]:
        """Give what is signed.

        :raises InvalidField: a line is no window
        """
        given = self.cleaned_data
        rows = [line.strip() for line in given["value"].splitlines() if line.strip()]
        value: Any = None
        if rows and given["name"] == TIME_ZONE:
            value = rows[0]
        elif rows and given["name"] == ORIGINS:
            value = rows
        elif rows:
            value = [_window(row) for row in rows]
        return {"name": given["name"], "customer": given["customer"].strip(), "value": value}


@dataclass(frozen=True, slots=True)
class SettingRow:
    """Show a setting as it holds, for whom, and who says so."""

    name: str
    whom: str
    value: str
    is_own: bool


def _read(asked: Asked) -> list[SettingRow]:
    found = list_settings()
    known = get_customers({customer for _name, customer, _value, _own in found if customer})
    rows = [SettingRow(one[0], _whom(one[1], known), _value(one[2]), one[3]) for one in found]
    return [one for one in rows if asked.get("by") in {None, "house" if one.is_own else "shipped"}]


SETTINGS: Final = OperatorList[SettingRow](
    name="settings",
    title=gettext_lazy("Settings of the house"),
    fetch=held_rows(_read, text=lambda row: f"{label_of(row.name)} {row.whom} {row.value}"),
    columns=(
        Column("setting", gettext_lazy("Setting"), lambda row: label_of(row.name)),
        Column("whom", gettext_lazy("For"), lambda row: row.whom),
        Column("value", gettext_lazy("Value"), lambda row: row.value),
        Column(
            "by",
            gettext_lazy("From"),
            lambda row: (
                Badge(_("the house"), "good") if row.is_own else Badge(_("the environment"))
            ),
        ),
    ),
    choices=(
        Choice(
            "by",
            gettext_lazy("From"),
            [
                ("house", gettext_lazy("the house")),
                ("shipped", gettext_lazy("the environment")),
            ],
        ),
    ),
    searched=gettext_lazy("Setting, whose, or value"),
    is_dated=False,
    empty=gettext_lazy("There is no setting."),
)


@page(*STAFF, right=Right.POLICIES_READ, methods="GET HEAD POST")
def settings(request: HttpRequest, visitor: Principal) -> Answer:
    """Show the settings as they hold, and propose others."""

    def change(form: SettingForm) -> Outcome:
        return propose(visitor, kind=SETTING, terms=form.to_terms(), back=request.path)

    act = Act(
        name="change",
        title=_("Propose another value"),
        button=_("Propose"),
        do=change,
        right=Right.POLICIES_PROPOSE,
        form=SettingForm,
    )
    lead = _(
        "How often somebody may ask, which sites may call from a browser, and whose clock counts."
    )
    return listing(request, visitor, SETTINGS, [act], lead=lead)


def label_of(name: str) -> str:
    """Say what a setting is about."""
    told = {
        TIME_ZONE: _("Time zone"),
        ORIGINS: _("Sites whose pages may call (CORS)"),
        "rate_anonymous": _("Rate limit: strangers, by address"),
        "rate_user": _("Rate limit: each person or key"),
        "rate_charges": _("Rate limit: charges of each merchant"),
    }
    return told.get(name, words(name).capitalize())


def _whom(customer: UUID | None, known: Mapping[UUID, Customer]) -> str:
    if customer is None:
        return _("the whole house")
    found = known.get(customer)
    return found.name if found else customer_wire(customer)


def _value(value: Any) -> str:
    if isinstance(value, list) and value and isinstance(value[0], list):
        told = [
            _("%(requests)s requests in %(seconds)s s") % {"requests": one[0], "seconds": one[1]}
            for one in value
        ]
        return ", ".join(told)
    if isinstance(value, list):
        return ", ".join(str(one) for one in value) or _("none")
    return str(value)


def _window(row: str) -> list[int]:
    parts = [part.strip() for part in row.replace(",", "/").split("/")]
    if len(parts) != _WINDOW_PARTS or not all(part.isascii() and part.isdigit() for part in parts):
        raise InvalidField(_("Write requests and seconds, such as 100 / 60."), field="value")
    return [int(part) for part in parts]
