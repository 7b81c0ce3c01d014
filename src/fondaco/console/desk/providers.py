"""Providers: accounts outside, how they answer, what they hold; credentials come in and are never shown."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from django import forms
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _, gettext_lazy

from fondaco.connections import actions as connections
from fondaco.connections.queries import get_account, list_accounts
from fondaco.connections.states import Environment, Family, Health
from fondaco.connections.types import PREFIX, ProviderAccount
from fondaco.console.desk.acting import Act, Outcome, act_on, listing, shown
from fondaco.console.desk.fields import WhyForm, choices, number, switch, text
from fondaco.console.desk.proposing import proposed
from fondaco.console.desk.showing import (
    USES,
    Board,
    Fact,
    Shown,
    Table,
    Way,
    badge,
    code,
    columns,
    fits_use,
    in_use,
    lines,
    on_off,
    quiet,
    read_id,
    said,
    standing,
)
from fondaco.console.forms import Asking
from fondaco.console.lists import Choice, Column, OperatorList, held_rows
from fondaco.console.pages import Answer, page
from fondaco.console.templatetags.console import instant, money, words
from fondaco.exchange.queries.venues import name_of
from fondaco.kit.access import STAFF, Principal
from fondaco.kit.ids import encode, uuid7
from fondaco.operators import queries as operators
from fondaco.operators.proposals import ProviderTerms, propose_account
from fondaco.operators.rights import Right
from fondaco.proofs.queries.solvency import list_holdings
from fondaco.proofs.solvency import Recorded
from fondaco.signing.shapes import person_of

_SETTINGS_MAX: Final = 4000
_STATED: Final = 200
"""So many of the latest statements are looked through for a provider's."""


class AccountForm(Asking):
    """Take an account as it is to be."""

    family = forms.ChoiceField(label=gettext_lazy("Family"), choices=choices(Family))
    kind = forms.RegexField(
        label=gettext_lazy("Provider, such as kraken"), regex=r"^[a-z][a-z0-9_]{1,39}$"
    )
    label = text(gettext_lazy("Name for people"), longest=100)
    environment = forms.ChoiceField(
        label=gettext_lazy("Where"), choices=choices(Environment), initial=Environment.SANDBOX
    )
    priority = number(gettext_lazy("The lower one is asked first"), low=0, high=1_000_000)
    enabled = switch(gettext_lazy("In use"))
    settings = forms.CharField(
        label=gettext_lazy("Settings"),
        max_length=_SETTINGS_MAX,
        required=False,
        help_text=gettext_lazy("One line each, such as base_url = https://… No secrets."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    credentials = forms.CharField(
        label=gettext_lazy("Credentials"),
        max_length=_SETTINGS_MAX,
        required=False,
        help_text=gettext_lazy(
            "One line each, such as key = … They are kept encrypted and never shown again. "
            "Empty: they stay as they are."
        ),
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
    )

    def clean_settings(self) -> dict[str, Any]:
        """Read the settings; what is written as JSON is a number, yes or no."""
        return {name: _read(value) for name, value in _pairs(self.cleaned_data["settings"]).items()}

    def clean_credentials(self) -> dict[str, str] | None:
        """Read the credentials; none where they stay as they are."""
        return _pairs(self.cleaned_data["credentials"]) or None


PROVIDERS: Final = OperatorList[ProviderAccount](
    name="providers",
    title=gettext_lazy("Providers"),
    fetch=held_rows(
        lambda asked: [
            one
            for one in list_accounts(family=asked.get("family") or "")
            if fits_use(asked, is_on=one.enabled)
            and asked.get("health") in {None, one.health.value}
        ],
        at=lambda one: one.checked_at,
        text=lambda one: f"{one.label} {one.kind}",
    ),
    columns=(
        Column(
            "label",
            gettext_lazy("Account"),
            lambda one: one.label,
            link=lambda one: reverse("console:desk-provider", args=(one.wire_id,)),
        ),
        Column("family", gettext_lazy("For"), lambda one: words(one.family)),
        Column("kind", gettext_lazy("Provider"), lambda one: one.kind),
        Column("environment", gettext_lazy("Where"), lambda one: words(one.environment)),
        Column("state", gettext_lazy("State"), lambda one: in_use(is_on=one.enabled)),
        Column("health", gettext_lazy("Health"), lambda one: standing(one.health)),
        Column("detail", gettext_lazy("Says"), lambda one: one.health_detail),
        Column("looked", gettext_lazy("Looked at"), lambda one: one.checked_at),
    ),
    choices=(
        Choice("family", gettext_lazy("For"), choices(Family)),
        Choice("use", gettext_lazy("State"), USES),
        Choice("health", gettext_lazy("Health"), choices(Health)),
    ),
    searched=gettext_lazy("Name or provider"),
    empty=gettext_lazy("The house has no account outside. Propose the first one."),
)


@page(*STAFF, right=Right.CONNECTIONS_READ, methods="GET HEAD POST")
def providers(request: HttpRequest, visitor: Principal) -> Answer:
    """List the house's accounts at outside providers: how they answer, and what they hold."""
    ways = []
    if visitor.can(Right.CONNECTIONS_PROPOSE):
        ways = [Way(reverse("console:desk-provider-new"), _("Propose one"), is_plain=False)]
    lead = _("Venues, gateways and banks, in the order in which they are asked.")
    tables = [_balances(_stated())] if visitor.can(Right.LEDGER_READ) else []
    return listing(request, visitor, PROVIDERS, lead=lead, ways=ways, tables=tables)


@page(*STAFF, right=Right.CONNECTIONS_PROPOSE, methods="GET HEAD POST")
def new_provider(request: HttpRequest, visitor: Principal) -> Answer:
    """Propose an account at an outside provider."""
    back = Way(reverse("console:desk-providers"), _("Providers"))
    acted = act_on(request, visitor, [_change(visitor, None)])
    if acted.answer is not None:
        return acted.answer
    return shown(request, Board(title=_("Propose a provider"), back=back), acted)


@page(*STAFF, right=Right.CONNECTIONS_READ, methods="GET HEAD POST")
def provider(request: HttpRequest, visitor: Principal, wire: str) -> Answer:
    """Show an account, propose to change or remove it, and put it out of use."""
    found = get_account(account_id=read_id(PREFIX, wire))
    acted = act_on(request, visitor, _acts(request, visitor, found))
    if acted.answer is not None:
        return acted.answer
    tables = []
    if visitor.can(Right.LEDGER_READ):
        name = f"providers:{name_of(found)}"
        tables = [_balances(_stated(), only=name)]
    back = Way(reverse("console:desk-providers"), _("Providers"))
    board = Board(title=found.label, back=back, facts=_facts(found), tables=tables)
    return shown(request, board, acted)


def _acts(request: HttpRequest, visitor: Principal, found: ProviderAccount) -> list[Act]:
    def disable(form: WhyForm) -> Outcome:
        reason = form.cleaned_data["reason"]
        connections.disable_account(account_id=found.id, reason=reason, by=visitor.actor)
        return Outcome(request.path, "disabled")

    def remove(_form: Asking) -> Outcome:
        terms = ProviderTerms(
            account=found.wire_id,
            version=found.version,
            remove=True,
            family=found.family,
            kind=found.kind,
            label=found.label,
            environment=found.environment,
        )
        made = propose_account(terms=terms, credentials=None, maker=person_of(visitor))
        return proposed(made, back=reverse("console:desk-providers"))

    acts = [_change(visitor, found)]
    if found.enabled:
        disabling = Act(
            name="disable",
            title=_("Put it out of use at once"),
            button=_("Disable"),
            lead=_("One person stops it. That it is used again is signed by another."),
            do=disable,
            right=Right.CONNECTIONS_PROPOSE,
            form=WhyForm,
            tone="danger",
        )
        acts.append(disabling)
    removing = Act(
        name="remove",
        title=_("Remove it"),
        button=_("Propose to remove it"),
        do=remove,
        right=Right.CONNECTIONS_PROPOSE,
        tone="danger",
    )
    return [*acts, removing]


def _change(visitor: Principal, found: ProviderAccount | None) -> Act:
    wire = found.wire_id if found else encode(PREFIX, uuid7())

    def change(form: AccountForm) -> Outcome:
        given = form.cleaned_data
        terms = ProviderTerms(
            account=wire,
            version=found.version if found else 0,
            family=given["family"],
            kind=given["kind"],
            label=given["label"],
            environment=given["environment"],
            settings=given["settings"],
            priority=given["priority"] or 0,
            enabled=given["enabled"],
        )
        made = propose_account(
            terms=terms, credentials=given["credentials"], maker=person_of(visitor)
        )
        return proposed(made, back=reverse("console:desk-providers"))

    initial: dict[str, Any] = {"enabled": True, "priority": 100}
    if found is not None:
        initial = {
            "family": found.family,
            "kind": found.kind,
            "label": found.label,
            "environment": found.environment,
            "priority": found.priority,
            "enabled": found.enabled,
            "settings": "\n".join(
                f"{name} = {value if isinstance(value, str) else json.dumps(value)}"
                for name, value in found.settings.items()
            ),
        }
    return Act(
        name="change",
        title=_("Change it") if found else _("The account"),
        button=_("Propose"),
        lead=_("It counts when another person has signed it."),
        do=change,
        right=Right.CONNECTIONS_PROPOSE,
        form=AccountForm,
        initial=initial,
        is_open=found is None,
    )


def _health(one: ProviderAccount) -> Shown:
    shown_as: list[Shown] = [badge(one.health)]
    if one.health_detail:
        shown_as.append(quiet(one.health_detail))
    return lines(shown_as)


def _facts(one: ProviderAccount) -> list[Fact]:
    hidden = ", ".join(sorted(one.credentials)) or _("none")
    return [
        Fact(_("State"), on_off(is_on=one.enabled)),
        Fact(_("Health"), _health(one)),
        Fact(_("Looked at"), instant(one.checked_at) if one.checked_at else _("never")),
        Fact(_("Family"), words(one.family)),
        Fact(_("Provider"), one.kind),
        Fact(_("Where"), words(one.environment)),
        Fact(_("Priority"), str(one.priority)),
        Fact(_("Credentials"), _("%(names)s: kept, never shown") % {"names": hidden}),
        *(Fact(words(name).capitalize(), said(value)) for name, value in one.settings.items()),
        Fact(_("Version"), str(one.version)),
        Fact(_("Identifier"), code(one.wire_id)),
    ]


def _stated() -> Mapping[str, Recorded]:
    """Give the latest statement by the code of the account that it is about."""
    found: dict[str, Recorded] = {}
    for one in list_holdings(limit=_STATED).items:
        found.setdefault(f"{one.place}:{one.amount.asset.code}", one)
    return found


def _balances(stated: Mapping[str, Recorded], *, only: str = "") -> Table:
    """Set what the books say against what the provider last stated."""
    rows: list[Sequence[Shown]] = []
    for total in operators.list_platform_totals():
        for account, booked in total.funds.items():
            if only and not account.startswith(f"{only}:"):
                continue
            one = stated.get(account)
            rows.append(
                [
                    code(account),
                    instant(one.at) if one else quiet(_("never stated")),
                    _agreement(booked, one),
                    money(booked),
                    money(one.amount) if one else quiet("—"),
                ]
            )
    return Table(
        name="balances",
        title=_("What the books say, and what the provider states"),
        columns=columns(
            _("Account"),
            _("Stated"),
            _("State"),
            _("Books now"),
            _("Provider"),
            amounts=(_("Books now"), _("Provider")),
        ),
        rows=rows,
        empty=_("No money stands there by the books."),
    )


def _agreement(booked: Any, one: Recorded | None) -> Shown:
    if one is None:
        return badge("unknown")
    return (
        badge("up", label=_("agrees"))
        if one.amount == booked
        else badge("degraded", label=_("differs"))
    )


def _pairs(text_given: str) -> dict[str, str]:
    found = {}
    for line in text_given.splitlines():
        if not line.strip():
            continue
        name, sign, value = line.partition("=")
        if not sign or not name.strip() or not value.strip():
            raise forms.ValidationError(_("Write a name, an equals sign and a value on each line."))
        found[name.strip()] = value.strip()
    return found


def _read(value: str) -> str | int | bool:
    try:
        found = json.loads(value)
    except ValueError:
        return value
    return found if isinstance(found, int | bool) else value
