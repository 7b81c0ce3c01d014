"""The form of a rule: everything that it may say, in groups."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from django import forms
from django.utils.translation import gettext as _, gettext_lazy

from fondaco.console.desk.fields import amount, choices, number, text, yes_no
from fondaco.console.forms import Asking
from fondaco.identity.queries import list_groups
from fondaco.identity.states import Level
from fondaco.identity.types import group_wire
from fondaco.policies.types import Buyback, FeePayer, Operation
from fondaco.policies.values import COUNTS, FEES, LIMITS

_AMOUNTS: Final = (*LIMITS, "fee_fixed", "fee_min", "fee_max")
SWITCHES: Final = ("enabled", "needs_operator", "needs_code", "cancel_allowed", "repeat_allowed")
_PLAIN: Final = (
    "reason",
    "day_count",
    "month_count",
    "total_count",
    "fee_bps",
    "fee_payer",
    "confirmations",
    "auto_convert_to",
    "buyback",
    "price_markup_bps",
)
_COUNT_MAX: Final = 10**9
_BPS_MAX: Final = 10_000


class RuleForm(Asking):
    """Take a rule as it is to be; what is left empty is left to wider rules."""

    operation = forms.ChoiceField(label=gettext_lazy("Operation"), choices=choices(Operation))
    currency = text(gettext_lazy("Currency"), longest=33, required=False)
    pair = text(gettext_lazy("Pair, such as BTC_USD"), longest=70, required=False)
    subtype = text(gettext_lazy("Gateway or network"), longest=60, required=False)
    level = forms.ChoiceField(
        label=gettext_lazy("Level"),
        required=False,
        choices=choices(Level, empty=gettext_lazy("Any")),
    )
    group = forms.ChoiceField(label=gettext_lazy("Group"), required=False)
    customer = text(gettext_lazy("One customer (cus_…)"), longest=40, required=False)
    priority = number(
        gettext_lazy("Priority among rules that are as narrow"), low=-1_000_000, high=1_000_000
    )
    starts_at = forms.DateTimeField(
        label=gettext_lazy("From (UTC)"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    ends_at = forms.DateTimeField(
        label=gettext_lazy("Until (UTC)"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )

    enabled = yes_no(gettext_lazy("May it be done at all"))
    reason = text(gettext_lazy("If not: what the customer is told"), longest=300, required=False)
    needs_operator = yes_no(gettext_lazy("An operator confirms each"))
    needs_code = yes_no(gettext_lazy("The customer confirms with a code"))
    cancel_allowed = yes_no(gettext_lazy("The customer may cancel"))
    repeat_allowed = yes_no(gettext_lazy("The customer may repeat"))
    confirmations = number(gettext_lazy("Confirmations of the network"), low=0, high=_BPS_MAX)

    in_usd = forms.BooleanField(
        label=gettext_lazy("These limits are dollars' worth, whatever the currency"), required=False
    )
    min = amount(gettext_lazy("At least, each"))
    max = amount(gettext_lazy("At most, each"))
    day_max = amount(gettext_lazy("At most a day"))
    month_max = amount(gettext_lazy("At most a month"))
    total_max = amount(gettext_lazy("At most ever"))
    day_count = number(gettext_lazy("Times a day"), low=0, high=_COUNT_MAX)
    month_count = number(gettext_lazy("Times a month"), low=0, high=_COUNT_MAX)
    total_count = number(gettext_lazy("Times ever"), low=0, high=_COUNT_MAX)

    fee_bps = number(gettext_lazy("Fee in hundredths of a per cent"), low=0, high=_BPS_MAX)
    fee_fixed = amount(gettext_lazy("Fixed fee"))
    fee_min = amount(gettext_lazy("Fee at least"))
    fee_max = amount(gettext_lazy("Fee at most"))
    fee_payer = forms.ChoiceField(
        label=gettext_lazy("Who pays the fee"),
        required=False,
        choices=choices(FeePayer, empty=gettext_lazy("Not said here")),
    )
    price_markup_bps = number(
        gettext_lazy("Added to prices, in hundredths of a per cent"), low=-_BPS_MAX, high=_BPS_MAX
    )
    auto_convert_to = text(gettext_lazy("Convert what comes in to"), longest=33, required=False)
    buyback = forms.ChoiceField(
        label=gettext_lazy("How the house covers what it sold"),
        required=False,
        choices=choices(Buyback, empty=gettext_lazy("Not said here")),
    )
    note = forms.CharField(
        label=gettext_lazy("Note for the house's people"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    days = number(gettext_lazy("Try it against the last so many days"), low=1, high=366)

    GROUPS: Final = (
        (
            gettext_lazy("What and for whom"),
            ("operation", "currency", "pair", "subtype", "level", "group", "customer"),
        ),
        (
            gettext_lazy("What is allowed"),
            (
                "enabled",
                "reason",
                "needs_operator",
                "needs_code",
                "cancel_allowed",
                "repeat_allowed",
                "confirmations",
            ),
        ),
        (
            gettext_lazy("Limits"),
            ("in_usd", *LIMITS, *COUNTS),
        ),
        (
            gettext_lazy("Prices"),
            (*FEES, "price_markup_bps", "auto_convert_to", "buyback"),
        ),
        (
            gettext_lazy("When, and why"),
            ("priority", "starts_at", "ends_at", "note", "days"),
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Make the form with the groups of customers that there are."""
        super().__init__(*args, **kwargs)
        known = [(group_wire(one.id), one.name) for one in list_groups()]
        self.fields["group"].choices = [("", _("Any")), *known]  # type: ignore[attr-defined]  # a ChoiceField

    @property
    def groups(self) -> list[tuple[Any, list[Any], bool]]:
        """Give the fields in their groups; the first is open, and whichever has an error or a value."""
        found = []
        for number_, (label, inside) in enumerate(self.GROUPS):
            fields = [self[name] for name in inside]
            is_open = number_ == 0 or any(one.errors or one.value() for one in fields)
            found.append((label, fields, is_open))
        return found

    def to_terms(self, *, rule: str, version: int) -> dict[str, Any]:
        """Give what is signed."""
        given = self.cleaned_data
        return {
            "rule": rule,
            "version": version,
            "operation": given["operation"],
            "currency": given["currency"].strip().upper(),
            "pair": given["pair"].strip().upper(),
            "subtype": given["subtype"].strip(),
            "level": given["level"],
            "group": given["group"],
            "customer": given["customer"].strip(),
            "priority": given["priority"] or 0,
            "starts_at": _utc(given["starts_at"]),
            "ends_at": _utc(given["ends_at"]),
            "values": self._values(given),
            "note": given["note"],
        }

    def _values(self, given: Mapping[str, Any]) -> dict[str, Any]:
        values: dict[str, Any] = {"in_usd": True} if given["in_usd"] else {}
        for name in _AMOUNTS:
            if given[name] is not None:
                values[name] = format(given[name], "f")
        for name in SWITCHES:
            if given[name]:
                values[name] = given[name] == "yes"
        for name in _PLAIN:
            if given[name] not in {None, ""}:
                values[name] = given[name]
        return values


def _utc(at: datetime | None) -> datetime | None:
    """Read what was typed as an instant of the world's clock."""
    return at if at is None else at.replace(tzinfo=UTC)
