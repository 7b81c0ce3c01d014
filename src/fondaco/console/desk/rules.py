"""Policies: the rules of each operation, why something applies, and what a change would have done."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from django import forms
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _, gettext_lazy

from fondaco.console.desk import names
from fondaco.console.desk.acting import Act, Outcome, act_on, reading, shown
from fondaco.console.desk.fields import choices, text
from fondaco.console.desk.proposing import propose
from fondaco.console.desk.rule_form import SWITCHES, RuleForm
from fondaco.console.desk.showing import (
    Board,
    Fact,
    Shown,
    Table,
    Way,
    as_badge,
    badge,
    code,
    columns,
    lines,
    link,
    quiet,
    read_id,
    said,
)
from fondaco.console.forms import Asking
from fondaco.console.lists import (
    Asked,
    Badge,
    Choice,
    Column,
    OperatorList,
    page_by_cursor,
    show_list,
)
from fondaco.console.pages import Answer, page
from fondaco.console.templatetags.console import instant, money, words
from fondaco.identity.types import customer_wire, group_wire
from fondaco.kit import clock
from fondaco.kit.access import STAFF, Principal
from fondaco.kit.ids import uuid7
from fondaco.kit.paging import Page as Rows
from fondaco.operators.rights import Right
from fondaco.policies import replay
from fondaco.policies.actions.rules import check_rule
from fondaco.policies.queries import rules as queries
from fondaco.policies.queries.effective import explain as explain_values
from fondaco.policies.rows import rule_wire
from fondaco.policies.signed import RULE, RuleTerms
from fondaco.policies.types import RULE_PREFIX, Operation, Rule
from fondaco.signing import effects

_DAYS: Final = 30


class ExplainForm(forms.Form):
    """Choose what is asked about."""

    operation = forms.ChoiceField(label=gettext_lazy("Operation"), choices=choices(Operation))
    customer = text(
        gettext_lazy("Customer (cus_…)"),
        longest=40,
        required=False,
    )
    currency = text(gettext_lazy("Currency"), longest=33, required=False)
    pair = text(gettext_lazy("Pair"), longest=70, required=False)
    subtype = text(gettext_lazy("Gateway or network"), longest=60, required=False)


def _fetch(asked: Asked, after: str | None, limit: int) -> Rows[Rule]:
    operation = asked.get("operation")
    return queries.list_rules(
        operation=Operation(operation) if operation else None,
        customer_id=names.read_customer(asked.get("customer") or ""),
        since=asked.since,
        until=asked.until,
        after=page_by_cursor(after),
        limit=limit,
    )


RULES: Final = OperatorList[Rule](
    name="policy-rules",
    title=gettext_lazy("Policies"),
    fetch=_fetch,
    columns=(
        Column(
            "operation",
            gettext_lazy("Rule"),
            lambda one: words(one.operation).capitalize(),
            link=lambda one: reverse("console:desk-rule", args=(rule_wire(one.id),)),
        ),
        Column("whom", gettext_lazy("For"), lambda one: ", ".join(_whom(one))),
        Column("says", gettext_lazy("Says"), lambda one: said(one.values)),
        Column("state", gettext_lazy("State"), lambda one: _standing(one, clock.now())),
        Column("note", gettext_lazy("Note"), lambda one: one.note),
    ),
    choices=(
        Choice("operation", gettext_lazy("Operation"), choices(Operation)),
        Choice("customer", gettext_lazy("Customer (cus_…)")),
    ),
    empty=gettext_lazy("No rule yet: everything is allowed, free and without limits. Propose one."),
)


@page(*STAFF, right=Right.POLICIES_READ, methods="GET HEAD POST")
def policies(request: HttpRequest, visitor: Principal) -> Answer:
    """List rules, newest first, those of the past and the future included."""
    ways = [Way(reverse("console:desk-explain"), _("Why does it apply?"))]
    if visitor.can(Right.POLICIES_PROPOSE):
        ways.append(Way(reverse("console:desk-rule-new"), _("Propose a rule"), is_plain=False))
    lead = _(
        "What customers may do, up to which limits and at which price. The narrowest rule wins."
    )
    return show_list(request, visitor, RULES, template="desk/list.html", lead=lead, ways=ways)


@page(*STAFF, right=Right.POLICIES_READ)
def explain(request: HttpRequest, _visitor: Principal) -> Answer:
    """Show what applies to a customer's operation, each value with the row that it comes from."""
    form = ExplainForm(request.GET or None)
    tables = [_explained(form.cleaned_data)] if request.GET and form.is_valid() else []
    board = Board(
        title=_("Why does it apply?"),
        lead=_(
            "Choose an operation, and see each value that counts with the rule that it comes from."
        ),
        back=_back(),
        filters=form,
        tables=tables,
    )
    return reading(request, board)


@page(*STAFF, right=Right.POLICIES_PROPOSE, methods="GET HEAD POST")
def new_rule(request: HttpRequest, visitor: Principal) -> Answer:
    """Write a rule, try it against past orders, and propose it."""
    return _editing(request, visitor, None)


@page(*STAFF, right=Right.POLICIES_READ, methods="GET HEAD POST")
def rule(request: HttpRequest, visitor: Principal, wire: str) -> Answer:
    """Show a rule, and change or remove it."""
    return _editing(request, visitor, queries.get_rule(rule_id=read_id(RULE_PREFIX, wire)))


def _editing(request: HttpRequest, visitor: Principal, present: Rule | None) -> Answer:
    tried: list[replay.DryRun] = []
    is_trial = "try" in request.GET
    acts = _acts(visitor, present, tried=tried if is_trial else None)
    acted = act_on(request, visitor, acts, is_trial=is_trial)
    if acted.answer is not None:
        return acted.answer
    board = Board(
        title=_("A rule for: %(what)s") % {"what": words(present.operation)}
        if present
        else _("Propose a rule"),
        lead=""
        if present
        else _("Say only what shall differ. What is left empty is left to wider rules."),
        back=_back(),
        facts=_facts(present) if present else (),
        more={"trial": _told(tried[0])} if tried else {},
    )
    return shown(request, board, acted)


def _acts(
    visitor: Principal, present: Rule | None, *, tried: list[replay.DryRun] | None
) -> list[Act]:
    wire = rule_wire(present.id if present else uuid7())
    version = present.version if present else 0

    def change(form: RuleForm) -> Outcome:
        terms = form.to_terms(rule=wire, version=version)
        if tried is not None:
            tried.append(_dry_run(terms, days=form.cleaned_data["days"] or _DAYS))
            return Outcome("")
        return propose(
            visitor, kind=RULE, terms=terms, back=reverse("console:desk-rule", args=(wire,))
        )

    def remove(_form: Asking) -> Outcome:
        assert present is not None
        terms = {**_raw(present), "remove": True}
        return propose(visitor, kind=RULE, terms=terms, back=reverse("console:desk-policies"))

    found = [
        Act(
            name="change",
            title=_("Change it") if present else _("The rule"),
            button=_("Propose"),
            do=change,
            right=Right.POLICIES_PROPOSE,
            form=RuleForm,
            initial=_initial(present) if present else {"days": _DAYS},
            is_open=present is None,
            template="console/desk/_rule.html",
            trial=_("Try it against past orders"),
        )
    ]
    if present is not None:
        found.append(
            Act(
                name="remove",
                title=_("Remove it"),
                button=_("Propose to remove it"),
                lead=_("Wider rules hold again from then on."),
                do=remove,
                right=Right.POLICIES_PROPOSE,
                tone="danger",
            )
        )
    return found


def _dry_run(raw: Mapping[str, Any], *, days: int) -> replay.DryRun:
    terms: RuleTerms = effects.read(effects.effects()[RULE], raw)
    rule = terms.to_rule()
    check_rule(rule=rule)
    return replay.dry_run(changed=rule, removed=False, days=days)


def _raw(rule: Rule) -> dict[str, Any]:
    return {
        "rule": rule_wire(rule.id),
        "version": rule.version,
        "operation": rule.operation.value,
        "currency": rule.selector.currency,
        "pair": rule.selector.pair,
        "subtype": rule.selector.subtype,
        "level": rule.level,
        "group": group_wire(rule.group_id) if rule.group_id else "",
        "customer": customer_wire(rule.customer_id) if rule.customer_id else "",
        "priority": rule.priority,
        "starts_at": rule.starts_at,
        "ends_at": rule.ends_at,
        "values": dict(rule.values),
        "note": rule.note,
    }


def _initial(rule: Rule) -> dict[str, Any]:
    raw = _raw(rule)
    values = {
        name: ("yes" if value else "no") if name in SWITCHES else value
        for name, value in raw.pop("values").items()
    }
    return {**raw, **values, "days": _DAYS}


def _whom(rule: Rule) -> list[str]:
    chosen = rule.selector
    if rule.customer_id:
        whose = customer_wire(rule.customer_id)
    elif rule.group_id:
        whose = group_wire(rule.group_id)
    else:
        whose = words(rule.level) if rule.level else _("everybody")
    return [whose, *(one for one in (chosen.currency, chosen.pair, chosen.subtype) if one)]


def _standing(rule: Rule, now: datetime) -> Badge:
    if rule.holds_at(now):
        return Badge(_("in force"), "good")
    is_over = rule.ends_at is not None and rule.ends_at <= now
    return Badge(_("over")) if is_over else Badge(_("to come"), "warn")


def _facts(rule: Rule) -> list[Fact]:
    standing = _standing(rule, clock.now())
    facts = [
        Fact(_("Operation"), words(rule.operation)),
        Fact(_("For"), lines(_whom(rule))),
        Fact(_("State"), as_badge(standing)),
        Fact(_("Version"), str(rule.version)),
        Fact(_("From"), instant(rule.starts_at) if rule.starts_at else _("always")),
        Fact(_("Until"), instant(rule.ends_at) if rule.ends_at else _("no end")),
        *(Fact(words(name).capitalize(), said(value)) for name, value in rule.values.items()),
    ]
    if rule.note:
        facts.append(Fact(_("Note"), rule.note))
    return [*facts, Fact(_("Identifier"), code(rule_wire(rule.id)))]


def _explained(given: Mapping[str, Any]) -> Table:
    told = explain_values(
        customer=names.read_customer(given["customer"]),
        operation=Operation(given["operation"]),
        currency=given["currency"].strip().upper(),
        pair=given["pair"].strip().upper(),
        subtype=given["subtype"].strip(),
    )
    rows = [
        [words(one.field).capitalize(), said(one.value), _owner(one.owner), _source(one.source)]
        for one in told
    ]
    return Table(
        name="explained",
        title=_("What counts"),
        columns=columns(_("What"), _("Value"), _("Whose rule"), _("Row")),
        rows=rows,
        empty=_("Nothing is said."),
    )


def _owner(owner: str) -> Shown:
    if owner == "platform":
        return quiet(_("nobody's: as shipped"))
    return badge("good", tone="good", label=words(owner))


def _source(source: str) -> Shown:
    if not source.startswith(f"{RULE_PREFIX}_"):
        return quiet("—")
    return link(source, reverse("console:desk-rule", args=(source,)))


def _told(told: replay.DryRun) -> Table:
    rows: list[list[Shown]] = [
        [_("Operations looked at"), str(told.operations), str(told.operations)],
        [_("Refused"), str(told.refused_before), str(told.refused_after)],
        [_("Newly refused"), "", str(told.newly_refused)],
        [_("Newly allowed"), "", str(told.newly_allowed)],
        [_("Another price"), "", str(told.priced_otherwise)],
        [_("Unknown for want of a rate"), "", str(told.unknown)],
    ]
    for asset in sorted({*told.fees_before, *told.fees_after}):
        before, after = told.fees_before.get(asset), told.fees_after.get(asset)
        rows.append(
            [
                _("Fees in %(asset)s") % {"asset": asset.partition("/")[0]},
                money(before) if before else "—",
                money(after) if after else "—",
            ]
        )
    rows.extend([words(name).capitalize(), "", f"+{count}"] for name, count in told.reasons.items())
    return Table(
        name="trial",
        title=_("What it would have done"),
        lead=_("Only the latest operations are looked at.")
        if told.is_cut
        else _("Nothing is changed by this."),
        columns=columns(
            _("What"),
            _("As it is"),
            _("With the rule"),
            amounts=(_("As it is"), _("With the rule")),
        ),
        rows=rows,
        empty="",
    )


def _back() -> Way:
    return Way(reverse("console:desk-policies"), _("Policies"))
