"""Rules against fraud: what is looked for, and what happens then."""

from typing import Any, Final

from django import forms
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _, gettext_lazy
from pydantic import BaseModel

from fondaco.console.desk.acting import Act, Outcome, act_on, listing, shown
from fondaco.console.desk.fields import amount, choices, number, switch, text
from fondaco.console.desk.proposing import propose
from fondaco.console.desk.showing import (
    USES,
    Board,
    Fact,
    Way,
    badge,
    code,
    fits_use,
    in_use,
    on_off,
    said,
    standing,
)
from fondaco.console.forms import Asking
from fondaco.console.lists import Choice, Column, OperatorList, held_rows
from fondaco.console.pages import Answer, page
from fondaco.console.templatetags.console import words
from fondaco.kit.access import STAFF, Principal
from fondaco.kit.errors import NotFound
from fondaco.kit.ids import uuid7
from fondaco.operators.rights import Right
from fondaco.policies.fraud import KINDS
from fondaco.policies.queries.rules import list_fraud_rules
from fondaco.policies.rows import fraud_rule_wire
from fondaco.policies.signed import FRAUD_RULE
from fondaco.policies.types import FraudRule, Operation, Verdict

_YEAR_S: Final = 366 * 86_400
_MANY: Final = 10**6
_PARAMETERS: Final = (
    "window_s",
    "count_max",
    "currency",
    "sum_max",
    "amount_min",
    "what",
    "customers_max",
    "factor",
    "history_min",
    "share_min",
)


def _kinds() -> list[tuple[str, str]]:
    told = {
        "velocity": _("Too often in a time (window, count)"),
        "volume": _("Too much in a time (window, currency, sum)"),
        "new_destination": _("To where the customer never sent (currency, amount)"),
        "shared": _(
            "Many customers with one device, address or destination (what, window, customers)"
        ),
        "unusual_amount": _("Many times the customer's average (window, factor, history)"),
        "round_trip": _("Goes back to where it came from (window, share)"),
    }
    return [(kind, told.get(kind, words(kind))) for kind in KINDS]


class FraudRuleForm(Asking):
    """Take a rule as it is to be; of the parameters only those of its kind."""

    name = text(gettext_lazy("Name"), longest=100)
    kind = forms.ChoiceField(label=gettext_lazy("What it looks for"))
    operation = forms.ChoiceField(
        label=gettext_lazy("Operation"),
        required=False,
        choices=choices(Operation, empty=gettext_lazy("All")),
    )
    verdict = forms.ChoiceField(
        label=gettext_lazy("What happens then"),
        choices=choices(Verdict),
        initial=Verdict.HOLD.value,
    )
    window_s = number(gettext_lazy("Window in seconds"), low=1, high=_YEAR_S)
    count_max = number(gettext_lazy("At most so many times"), low=0, high=_MANY)
    currency = text(gettext_lazy("Currency"), longest=33, required=False)
    sum_max = amount(gettext_lazy("At most so much in sum"))
    amount_min = amount(gettext_lazy("From this amount on"))
    what = forms.ChoiceField(
        label=gettext_lazy("What is shared"),
        required=False,
        choices=choices(("device", "address", "destination"), empty=gettext_lazy("—")),
    )
    customers_max = number(gettext_lazy("At most so many customers"), low=1, high=_MANY)
    factor = number(gettext_lazy("So many times the average"), low=2, high=10_000)
    history_min = number(gettext_lazy("Not before so many orders"), low=1, high=10_000)
    share_min = number(gettext_lazy("Share that goes back, in per cent"), low=1, high=1000)
    enabled = switch(gettext_lazy("In use"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Make the form with the kinds that there are."""
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = _kinds()  # type: ignore[attr-defined]  # a ChoiceField

    def to_terms(self, *, rule: str, version: int) -> dict[str, Any]:
        """Give what is signed: the parameters that were filled in and belong to the kind."""
        given = self.cleaned_data
        shape: type[BaseModel] = KINDS[given["kind"]].shape
        parameters = {
            name: format(given[name], "f") if name in {"sum_max", "amount_min"} else given[name]
            for name in _PARAMETERS
            if name in shape.model_fields and given[name] not in {None, ""}
        }
        return {
            "rule": rule,
            "version": version,
            "name": given["name"],
            "kind": given["kind"],
            "operation": given["operation"] or None,
            "verdict": given["verdict"],
            "parameters": parameters,
            "enabled": given["enabled"],
        }


def _operation(rule: FraudRule) -> str:
    return words(rule.operation) if rule.operation else _("all")


def _parameters(rule: FraudRule) -> str:
    return "; ".join(f"{words(name)} {said(value)}" for name, value in rule.parameters.items())


RULES: Final = OperatorList[FraudRule](
    name="fraud-rules",
    title=gettext_lazy("Rules against fraud"),
    fetch=held_rows(
        lambda asked: [
            one
            for one in list_fraud_rules()
            if asked.get("verdict") in {None, one.verdict.value}
            and fits_use(asked, is_on=one.enabled)
        ],
        text=lambda one: f"{one.name} {words(one.kind)}",
    ),
    columns=(
        Column(
            "name",
            gettext_lazy("Name"),
            lambda one: one.name,
            link=lambda one: reverse("console:desk-fraud-rule", args=(fraud_rule_wire(one.id),)),
        ),
        Column("kind", gettext_lazy("Looks for"), lambda one: words(one.kind)),
        Column("parameters", gettext_lazy("With"), _parameters),
        Column("operation", gettext_lazy("Operation"), _operation),
        Column("verdict", gettext_lazy("Then"), lambda one: standing(one.verdict)),
        Column("state", gettext_lazy("State"), lambda one: in_use(is_on=one.enabled)),
    ),
    choices=(
        Choice("verdict", gettext_lazy("What happens then"), choices(Verdict)),
        Choice("use", gettext_lazy("State"), USES),
    ),
    searched=gettext_lazy("Name or kind"),
    is_dated=False,
    empty=gettext_lazy("No rule looks for anything. Propose the first one."),
)


@page(*STAFF, right=Right.RISK_READ, methods="GET HEAD POST")
def fraud_rules(request: HttpRequest, visitor: Principal) -> Answer:
    """List all rules against fraud."""
    ways = []
    if visitor.can(Right.POLICIES_PROPOSE):
        ways = [Way(reverse("console:desk-fraud-rule-new"), _("Propose a rule"), is_plain=False)]
    return listing(request, visitor, RULES, back=_back(), ways=ways)


@page(*STAFF, right=Right.POLICIES_PROPOSE, methods="GET HEAD POST")
def new_fraud_rule(request: HttpRequest, visitor: Principal) -> Answer:
    """Propose another rule against fraud."""
    return _editing(request, visitor, None)


@page(*STAFF, right=Right.RISK_READ, methods="GET HEAD POST")
def fraud_rule(request: HttpRequest, visitor: Principal, wire: str) -> Answer:
    """Show a rule against fraud, and change or remove it."""
    found = [one for one in list_fraud_rules() if fraud_rule_wire(one.id) == wire]
    if not found:
        raise NotFound
    return _editing(request, visitor, found[0])


def _editing(request: HttpRequest, visitor: Principal, present: FraudRule | None) -> Answer:
    acted = act_on(request, visitor, _acts(visitor, present))
    if acted.answer is not None:
        return acted.answer
    board = Board(
        title=present.name if present else _("Propose a rule against fraud"),
        lead="" if present else _("Fill in what its kind needs; the rest does not matter."),
        back=Way(reverse("console:desk-fraud-rules"), _("Rules against fraud")),
        facts=_facts(present) if present else (),
    )
    return shown(request, board, acted)


def _acts(visitor: Principal, present: FraudRule | None) -> list[Act]:
    wire = fraud_rule_wire(present.id if present else uuid7())
    version = present.version if present else 0
    back = reverse("console:desk-fraud-rules")

    def change(form: FraudRuleForm) -> Outcome:
        terms = form.to_terms(rule=wire, version=version)
        return propose(visitor, kind=FRAUD_RULE, terms=terms, back=back)

    def remove(_form: Asking) -> Outcome:
        assert present is not None
        terms = {**_raw(present), "remove": True}
        return propose(visitor, kind=FRAUD_RULE, terms=terms, back=back)

    found = [
        Act(
            name="change",
            title=_("Change it") if present else _("The rule"),
            button=_("Propose"),
            do=change,
            right=Right.POLICIES_PROPOSE,
            form=FraudRuleForm,
            initial={**_raw(present), **present.parameters} if present else {"enabled": True},
            is_open=present is None,
            template="console/desk/_grid.html",
        )
    ]
    if present is not None:
        found.append(
            Act(
                name="remove",
                title=_("Remove it"),
                button=_("Propose to remove it"),
                do=remove,
                right=Right.POLICIES_PROPOSE,
                tone="danger",
            )
        )
    return found


def _raw(rule: FraudRule) -> dict[str, Any]:
    return {
        "rule": fraud_rule_wire(rule.id),
        "version": rule.version,
        "name": rule.name,
        "kind": rule.kind,
        "operation": rule.operation.value if rule.operation else None,
        "verdict": rule.verdict.value,
        "parameters": dict(rule.parameters),
        "enabled": rule.enabled,
    }


def _facts(rule: FraudRule) -> list[Fact]:
    return [
        Fact(_("Looks for"), words(rule.kind)),
        Fact(_("Operation"), _operation(rule)),
        Fact(_("What happens then"), badge(rule.verdict)),
        Fact(_("State"), on_off(is_on=rule.enabled)),
        *(Fact(words(name).capitalize(), said(value)) for name, value in rule.parameters.items()),
        Fact(_("Version"), str(rule.version)),
        Fact(_("Identifier"), code(fraud_rule_wire(rule.id))),
    ]


def _back() -> Way:
    return Way(reverse("console:desk-risk"), _("Fraud queue"))
