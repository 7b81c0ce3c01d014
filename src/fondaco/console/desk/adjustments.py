"""Adjustments: transfers between any accounts of the books, with reason and evidence, signed by others."""

from collections.abc import Mapping

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _, gettext_lazy

from fondaco.console.desk import names
from fondaco.console.desk.acting import Act, Outcome, act_on, shown
from fondaco.console.desk.fields import NOTE_MAX, long_text, text
from fondaco.console.desk.proposing import propose
from fondaco.console.desk.showing import (
    Board,
    Shown,
    Table,
    badge,
    columns,
    lines,
    link,
    quiet,
    short,
)
from fondaco.console.forms import Asking
from fondaco.console.pages import Answer, page
from fondaco.console.templatetags.console import instant, money
from fondaco.identity.types import user_wire
from fondaco.kit.access import STAFF, Principal
from fondaco.kit.ids import encode, uuid7
from fondaco.kit.paging import LIMIT_MAX
from fondaco.ledger.types import TRANSFER_PREFIX
from fondaco.operators.rights import Right
from fondaco.operators.signed import ADJUST
from fondaco.signing import queries as signing
from fondaco.signing.types import Request

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
    acted = act_on(request, visitor, [act])
    if acted.answer is not None:
        return acted.answer
    tables = [_history()] if visitor.can("signing:read") else []
    board = Board(
        title=_("Adjustments"),
        lead=_(
            "Money that stands on the wrong account is led to the right one, and the books remember why."
        ),
        tables=tables,
    )
    return shown(request, board, acted)


def _history() -> Table:
    known = names.staff_names()
    latest = signing.list_requests(owner=None, limit=LIMIT_MAX).items
    rows = [_row(one, known) for one in latest if one.action == ADJUST]
    return Table(
        name="history",
        title=_("Among the latest requests for signatures"),
        columns=columns(
            _("Why"),
            _("From and to"),
            _("Proposed by"),
            _("When"),
            _("State"),
            _("Amount"),
            amounts=(_("Amount"),),
        ),
        rows=rows,
        empty=_("No adjustment was proposed lately."),
    )


def _row(one: Request, known: Mapping[str, str]) -> list[Shown]:
    maker = user_wire(one.maker_id)
    return [
        link(str(one.terms["reason"]), reverse("console:desk-signature", args=(one.wire_id,))),
        lines([f"{_('debit')} {one.terms['debit']}", f"{_('credit')} {one.terms['credit']}"]),
        known.get(maker) or short(maker),
        instant(one.created_at),
        badge(one.state),
        money(one.amount) if one.amount is not None else quiet("—"),
    ]
