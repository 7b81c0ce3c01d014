"""Adjustments: transfers between any accounts of the books, with reason and evidence, signed by others."""

from dataclasses import replace
from functools import partial
from typing import Final

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _, gettext_lazy

from fondaco.console.desk.acting import Act, Outcome, listing
from fondaco.console.desk.fields import NOTE_MAX, choices, long_text, text
from fondaco.console.desk.proposing import propose
from fondaco.console.desk.requested import RequestRow, fetch_requests, sum_requests
from fondaco.console.desk.showing import standing
from fondaco.console.forms import Asking
from fondaco.console.lists import Choice, Column, OperatorList, held_rows, totals_of
from fondaco.console.pages import Answer, page
from fondaco.kit.access import STAFF, Principal
from fondaco.kit.ids import encode, uuid7
from fondaco.ledger.types import TRANSFER_PREFIX
from fondaco.operators.rights import Right
from fondaco.operators.signed import ADJUST
from fondaco.signing.states import RequestState

_CODE_MAX = 200


class AdjustForm(Asking):
    """Take one transfer, and why."""

    debit = text(
        gettext_lazy("Debit"),
        longest=_CODE_MAX,
        help_text=gettext_lazy("The account's code, such as providers:manual:USD."),
    )
    credit = text(gettext_lazy("Credit"), longest=_CODE_MAX)
    amount = text(gettext_lazy("Amount"), longest=42)
    reason = long_text(gettext_lazy("Reason"), longest=NOTE_MAX, rows=2)
    evidence = long_text(gettext_lazy("Evidence"), longest=NOTE_MAX, rows=2)
    memo = text(gettext_lazy("Memo"), longest=NOTE_MAX, required=False)


ADJUSTMENTS: Final = OperatorList[RequestRow](
    name="adjustments",
    title=gettext_lazy("Adjustments"),
    fetch=partial(fetch_requests, action=ADJUST),
    totals=totals_of(partial(sum_requests, action=ADJUST), gettext_lazy("To be moved")),
    columns=(
        Column("when", gettext_lazy("When"), lambda row: row.request.created_at),
        Column(
            "reason",
            gettext_lazy("Why"),
            lambda row: str(row.request.terms["reason"]),
            link=lambda row: reverse("console:desk-signature", args=(row.request.wire_id,)),
        ),
        Column("debit", gettext_lazy("Debit"), lambda row: str(row.request.terms["debit"])),
        Column("credit", gettext_lazy("Credit"), lambda row: str(row.request.terms["credit"])),
        Column("maker", gettext_lazy("Proposed by"), lambda row: row.maker),
        Column("state", gettext_lazy("State"), lambda row: standing(row.request.state)),
        Column("amount", gettext_lazy("Amount"), lambda row: row.request.amount, is_money=True),
    ),
    choices=(Choice("state", gettext_lazy("State"), choices(RequestState)),),
    empty=gettext_lazy("No adjustment was proposed yet."),
)


def list_of(visitor: Principal) -> OperatorList[RequestRow]:
    """Describe the list; who may not read requests sees none of them."""
    if visitor.can("signing:read"):
        return ADJUSTMENTS
    nothing = gettext_lazy("You may propose one, but not see what others proposed.")
    return replace(ADJUSTMENTS, fetch=held_rows(lambda _asked: []), totals=None, empty=nothing)


@page(*STAFF, right=Right.LEDGER_ADJUST, methods="GET HEAD POST")
def adjustments(request: HttpRequest, visitor: Principal) -> Answer:
    """Propose an adjustment, and show those that were proposed."""

    def adjust(form: AdjustForm) -> Outcome:
        given = form.cleaned_data
        terms = {
            "transfer": encode(TRANSFER_PREFIX, uuid7()),
            **{name: given[name].strip() for name in ("debit", "credit", "amount")},
            **{name: given[name] for name in ("reason", "evidence", "memo")},
        }
        return propose(visitor, kind=ADJUST, terms=terms, back=request.path)

    act = Act(
        name="adjust",
        title=_("Propose an adjustment"),
        button=_("Propose"),
        lead=_("It is posted with the last signature. A mistake is mended by another one."),
        do=adjust,
        right=Right.LEDGER_ADJUST,
        form=AdjustForm,
    )
    lead = _(
        "Money that stands on the wrong account is led to the right one, and the books remember why."
    )
    return listing(request, visitor, list_of(visitor), [act], lead=lead)
