"""Signatures: what waits for mine, its exact content, and saying yes, no, or otherwise."""

import json
from collections.abc import Sequence
from functools import cache
from typing import Any, Final

from django import forms
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _, gettext_lazy

from fondaco.console.desk import names
from fondaco.console.desk.acting import Act, Outcome, act_on, listing, shown
from fondaco.console.desk.fields import NOTE_MAX, choices
from fondaco.console.desk.requested import RequestRow, fetch_requests, rows_of, sum_requests
from fondaco.console.desk.showing import (
    Board,
    Fact,
    Shown,
    Table,
    Text,
    Way,
    badge,
    code,
    columns,
    cut,
    lines,
    quiet,
    read_id,
    short,
    standing,
    terms_facts,
)
from fondaco.console.forms import Asking
from fondaco.console.lists import (
    Asked,
    Choice,
    Column,
    OperatorList,
    Total,
    held_rows,
    totals_by_reading,
    totals_of,
)
from fondaco.console.pages import Answer, page
from fondaco.console.templatetags.console import instant, money, words
from fondaco.identity.types import customer_wire, user_wire
from fondaco.kit import clock
from fondaco.kit.access import STAFF, Principal
from fondaco.kit.paging import Page as Rows
from fondaco.signing import actions, queries
from fondaco.signing.shapes import person_of
from fondaco.signing.states import RequestState
from fondaco.signing.types import PREFIX, Request

READ: Final = "signing:read"
_TERMS_MAX: Final = 20_000
_FOR_ME: Final = "for_me"


class SignForm(Asking):
    """Take a signature for the terms that stand on the page."""

    digest = forms.CharField(max_length=64, widget=forms.HiddenInput)
    comment = forms.CharField(label=gettext_lazy("Comment"), max_length=NOTE_MAX, required=False)


class WhyForm(Asking):
    """Take why."""

    reason = forms.CharField(
        label=gettext_lazy("Why"), max_length=NOTE_MAX, widget=forms.Textarea(attrs={"rows": 2})
    )


class AmendForm(Asking):
    """Take other terms, of the same shape."""

    terms = forms.CharField(
        label=gettext_lazy("Terms"),
        max_length=_TERMS_MAX,
        help_text=gettext_lazy("Names stay as they are; change what stands behind them."),
        widget=forms.Textarea(attrs={"rows": 12, "spellcheck": "false"}),
    )

    def clean_terms(self) -> dict[str, Any]:
        """Read the terms."""
        try:
            found = json.loads(self.cleaned_data["terms"])
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise forms.ValidationError(
                _("This cannot be read. Keep the quotation marks, colons and braces as they were.")
            )
        return found


_COLUMNS: Final[Sequence[Column[RequestRow]]] = (
    Column(
        "what",
        gettext_lazy("What"),
        lambda row: words(row.request.action.replace(".", ": ")).capitalize(),
        link=lambda row: reverse("console:desk-signature", args=(row.request.wire_id,)),
    ),
    Column("about", gettext_lazy("About"), lambda row: cut(row.request.subject)),
    Column("maker", gettext_lazy("Proposed by"), lambda row: row.maker),
    Column("state", gettext_lazy("State"), lambda row: standing(row.request.state)),
    Column("proposed", gettext_lazy("Proposed"), lambda row: row.request.created_at),
    Column("expires", gettext_lazy("Runs out"), lambda row: row.request.expires_at),
    Column("amount", gettext_lazy("Amount"), lambda row: row.request.amount, is_money=True),
)


def list_of(visitor: Principal) -> OperatorList[RequestRow]:
    """Describe what waits for somebody, and to those who may read it what the house signs and signed."""
    may_read = visitor.can(READ)

    @cache  # for one look at the page: its rows and its totals are of the same
    def waiting_now() -> list[RequestRow]:
        return rows_of(queries.list_waiting(person=person_of(visitor), at=clock.now()))

    waiting = held_rows(lambda _asked: waiting_now(), at=lambda row: row.request.created_at)

    def fetch(asked: Asked, after: str | None, limit: int) -> Rows[RequestRow]:
        if not may_read or asked.get("state") == _FOR_ME:
            return waiting(asked, after, limit)
        return fetch_requests(asked, after, limit)

    def sums(asked: Asked) -> Sequence[Total]:
        if not may_read or asked.get("state") == _FOR_ME:
            return mine(asked)
        return of_all(asked)

    mine = totals_by_reading(waiting, lambda row: row.request.amount, _("Waiting for me"))
    of_all = totals_of(sum_requests, _("To be signed"))
    states = [(_FOR_ME, _("waiting for me")), *choices(RequestState)]
    return OperatorList(
        name="signatures",
        title=_("Signatures"),
        fetch=fetch,
        totals=sums,
        columns=_COLUMNS,
        choices=(Choice("state", _("State"), states, default=_FOR_ME),) if may_read else (),
        empty=_("Nothing waits for your signature."),
    )


@page(*STAFF, methods="GET HEAD POST")
def signatures(request: HttpRequest, visitor: Principal) -> Answer:
    """List what waits for one's signature now, what runs out first first; and the history."""
    ways = [Way(reverse("console:desk-delegations"), _("Who signs for whom"))]
    if visitor.can(READ):
        ways.append(Way(reverse("console:desk-sign-policies"), _("Who signs what")))
    lead = _("What takes effect only when others agree, and who agreed to what.")
    return listing(request, visitor, list_of(visitor), lead=lead, ways=ways)


@page(*STAFF, methods="GET HEAD POST")
def signature(request: HttpRequest, visitor: Principal, wire: str) -> Answer:
    """Show exactly what is signed, who has, and what this person may do about it."""
    found = queries.get_request(
        request_id=read_id(PREFIX, wire),
        seen_by=person_of(visitor),
        of_side=visitor.can(READ),
    )
    acted = act_on(request, visitor, _acts(request, visitor, found))
    if acted.answer is not None:
        return acted.answer
    known = names.staff_names()
    board = Board(
        title=words(found.action.replace(".", ": ")).capitalize(),
        lead="",
        back=Way(reverse("console:desk-signatures"), _("Signatures")),
        facts=_facts(found, known),
        tables=[_stages(found), _signed(found, known), _steps(found, known)],
        texts=[
            Text(
                title=_("Exactly this is signed"),
                lead=_("Its digest: %(digest)s") % {"digest": found.digest},
                text=json.dumps(dict(found.content), ensure_ascii=False, indent=2, default=str),
            )
        ],
    )
    return shown(request, board, acted)


def _acts(request: HttpRequest, visitor: Principal, found: Request) -> list[Act]:
    if found.state != RequestState.WAITING:
        return []
    waiting = queries.list_waiting(person=person_of(visitor), at=clock.now())
    is_wanted = any(one.id == found.id for one in waiting)
    is_mine = visitor.user_id in {found.maker_id, found.author_id}
    acts = []
    if is_wanted:
        acts.append(_sign(request, visitor, found))
    if is_wanted and not is_mine:
        acts.append(_refuse(request, visitor, found))
    if visitor.user_id == found.maker_id:
        acts.append(_withdraw(request, visitor, found))
    if is_wanted or is_mine:
        acts.append(_amend(request, visitor, found))
    return acts


def _sign(request: HttpRequest, visitor: Principal, found: Request) -> Act:
    def sign(form: SignForm) -> Outcome:
        done = actions.sign(
            request_id=found.id,
            digest=form.cleaned_data["digest"],
            signer=person_of(visitor),
            comment=form.cleaned_data["comment"],
        )
        return Outcome(request.path, "effective" if done.state == RequestState.DONE else "signed")

    return Act(
        name="sign",
        title=_("Sign it"),
        button=_("Sign"),
        lead=_("You sign what stands above, word for word."),
        do=sign,
        form=SignForm,
        initial={"digest": found.digest},
        is_open=True,
        has_proof=True,
    )


def _refuse(request: HttpRequest, visitor: Principal, found: Request) -> Act:
    def refuse(form: WhyForm) -> Outcome:
        reason = form.cleaned_data["reason"]
        actions.refuse(request_id=found.id, reason=reason, person=person_of(visitor))
        return Outcome(request.path, "refused")

    return Act(
        name="refuse",
        title=_("Refuse it"),
        button=_("Refuse"),
        lead=_("The request ends, and nothing of it takes effect."),
        do=refuse,
        form=WhyForm,
        tone="danger",
    )


def _withdraw(request: HttpRequest, visitor: Principal, found: Request) -> Act:
    def withdraw(form: WhyForm) -> Outcome:
        reason = form.cleaned_data["reason"]
        actions.withdraw(request_id=found.id, reason=reason, person=person_of(visitor))
        return Outcome(request.path, "withdrawn")

    return Act(
        name="withdraw",
        title=_("Take it back"),
        button=_("Withdraw"),
        do=withdraw,
        form=WhyForm,
        tone="danger",
    )


def _amend(request: HttpRequest, visitor: Principal, found: Request) -> Act:
    def amend(form: AmendForm) -> Outcome:
        terms = form.cleaned_data["terms"]
        actions.amend(request_id=found.id, terms=terms, author=person_of(visitor))
        return Outcome(request.path, "amended")

    written = json.dumps(dict(found.terms), ensure_ascii=False, indent=2, default=str)
    return Act(
        name="amend",
        title=_("Propose other terms instead"),
        button=_("Put these terms in their place"),
        lead=_("All signatures become void, and a new round begins."),
        do=amend,
        form=AmendForm,
        initial={"terms": written},
        has_proof=True,
    )


def _facts(one: Request, known: Any) -> list[Fact]:
    maker, author = user_wire(one.maker_id), user_wire(one.author_id)
    facts = [
        Fact(_("State"), badge(one.state)),
        Fact(_("Proposed by"), known.get(maker) or short(maker)),
        Fact(_("Proposed"), instant(one.created_at)),
    ]
    if author != maker:
        facts.append(Fact(_("These terms are by"), known.get(author) or short(author)))
    if one.state == RequestState.WAITING:
        facts.append(Fact(_("Runs out"), instant(one.expires_at)))
    if one.amount is not None:
        facts.append(Fact(_("Amount"), money(one.amount)))
    facts.extend(terms_facts(one.terms))
    facts.extend(
        Fact(_("Result: %(name)s") % {"name": words(str(name))}, str(value))
        for name, value in one.result.items()
    )
    return [*facts, Fact(_("Identifier"), code(one.wire_id))]


def _stages(one: Request) -> Table:
    given = [mark for mark in one.signatures if mark.round == one.round]
    rows: list[list[Shown]] = []
    for stage in one.stages:
        have = sum(1 for mark in given if mark.group == stage.group)
        state = badge("done", label=_("full")) if have >= stage.required else badge("waiting")
        whose = _("the house") if stage.owner is None else short(customer_wire(stage.owner))
        rows.append([stage.group, whose, f"{have} / {stage.required}", state])
    return Table(
        name="stages",
        title=_("Whose signatures are wanted"),
        columns=columns(_("Right"), _("Whose people"), _("Signed"), _("State")),
        rows=rows,
        empty=_("Nobody's."),
    )


def _signed(one: Request, known: Any) -> Table:
    rows: list[list[Shown]] = []
    for mark in one.signatures:
        who, whose = user_wire(mark.signer_id), user_wire(mark.holder_id)
        shown_as: list[Shown] = [known.get(who) or short(who)]
        if who != whose:
            shown_as.append(quiet(_("for %(name)s") % {"name": known.get(whose, whose)}))
        is_void = mark.round != one.round
        rows.append(
            [
                lines(shown_as),
                mark.group,
                badge("void", label=_("void")) if is_void else badge("done", label=_("counts")),
                mark.comment or quiet("—"),
                instant(mark.signed_at),
            ]
        )
    return Table(
        name="signed",
        title=_("Who has signed"),
        columns=columns(_("Who"), _("Right"), _("State"), _("Comment"), _("When")),
        rows=rows,
        empty=_("Nobody yet."),
    )


def _steps(one: Request, known: Any) -> Table:
    steps = queries.list_steps(request_id=one.id)
    return Table(
        name="steps",
        title=_("What happened"),
        columns=columns(_("To"), _("Who"), _("Note"), _("When")),
        rows=[
            [badge(state), names.actor(by, known), note or quiet("—"), instant(at)]
            for state, at, by, note in steps
        ],
        empty=_("Nothing yet."),
    )


__all__ = ["READ", "WhyForm", "signature", "signatures"]
