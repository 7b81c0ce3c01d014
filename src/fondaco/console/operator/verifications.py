"""Verifications of customers: what waits, the documents, and the decision."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy as _

from fondaco.console.deeds import Deed, ReasonForm, is_refused, perform_or_offer
from fondaco.console.lists import Asked, Choice, Column, OperatorList, page_by_cursor, show_list
from fondaco.console.operator.entrance import staff_page
from fondaco.console.operator.facts import Fact
from fondaco.console.operator.naming import customer_url, id_from, name_of, verification_url
from fondaco.console.operator.tones import badge_of
from fondaco.console.pages import Answer, GoTo, Page
from fondaco.console.templatetags.console import words
from fondaco.identity.queries import get_customer, get_customers
from fondaco.identity.types import Customer
from fondaco.kit.access import Principal
from fondaco.kit.ids import encode
from fondaco.kit.paging import Page as Rows
from fondaco.kyc import actions, queries
from fondaco.kyc.states import VERIFICATION_LIFE, VerificationState
from fondaco.kyc.types import DOCUMENT_PREFIX, VERIFICATION_PREFIX, Verification
from fondaco.operators.rights import Right

_DECISIONS: Final = (
    VerificationState.APPROVED,
    VerificationState.RETRY,
    VerificationState.REJECTED,
)


class DecisionForm(ReasonForm):
    """Take the decision, and what the person is told."""

    decision = forms.ChoiceField(label=_("Decision"))
    reason = forms.CharField(label=_("What the person is told"), max_length=500)
    field_order = ("key", "decision", "reason")


@dataclass(frozen=True, slots=True)
class VerificationRow:
    """Show a verification with its customer."""

    verification: Verification
    customer: Customer | None


def _fetch(asked: Asked, after: str | None, limit: int) -> Rows[VerificationRow]:
    state = asked.get("state")
    page = queries.list_verifications(
        state=VerificationState(state) if state else None,
        since=asked.since,
        until=asked.until,
        after=page_by_cursor(after),
        limit=limit,
    )
    customers = get_customers(one.customer_id for one in page.items)
    rows = [VerificationRow(one, customers.get(one.customer_id)) for one in page.items]
    return Rows(rows, page.next)


VERIFICATIONS: Final = OperatorList[VerificationRow](
    name="verifications",
    title=_("Verifications"),
    columns=(
        Column(
            "customer",
            _("Customer"),
            lambda row: name_of(row.customer),
            link=lambda row: verification_url(row.verification.id),
        ),
        Column("level", _("To prove"), lambda row: _(words(row.verification.level))),
        Column("provider", _("Looked at by"), lambda row: row.verification.provider),
        Column("state", _("State"), lambda row: badge_of(row.verification.state)),
        Column("began", _("Began"), lambda row: row.verification.created_at),
        Column("changed", _("Last changed"), lambda row: row.verification.updated_at),
    ),
    fetch=_fetch,
    choices=(
        Choice(
            "state",
            _("State"),
            [(one.value, _(words(one.value))) for one in VerificationState],
        ),
    ),
    empty=_("Nobody has begun to verify himself."),
)


@staff_page(right=Right.CUSTOMERS_READ, methods="GET HEAD POST")
def verifications(request: HttpRequest, visitor: Principal) -> Answer:
    """List verifications."""
    return show_list(request, visitor, VERIFICATIONS)


@staff_page(right=Right.CUSTOMERS_READ, methods="GET HEAD POST")
def verification(request: HttpRequest, visitor: Principal, reference: str) -> Answer:
    """Show a verification with its documents, and decide about it."""
    shown = queries.get_verification(verification_id=id_from(VERIFICATION_PREFIX, reference))
    offered = perform_or_offer(request, visitor, _deeds(shown))
    if isinstance(offered, GoTo):
        return offered
    customer = get_customer(shown.customer_id)
    documents = queries.list_documents(verification_id=shown.id)
    facts: dict[str, Any] = {
        "title": _("Verification"),
        "badge": badge_of(shown.state),
        "facts": [
            Fact(_("Customer"), name_of(customer), customer_url(customer.id)),
            Fact(_("To prove"), _(words(shown.level))),
            Fact(_("Looked at by"), shown.provider),
            Fact(_("Told to the person"), shown.reason or gettext("nothing yet")),
            Fact(_("Began"), shown.created_at),
            Fact(_("Last changed"), shown.updated_at),
        ],
        "documents": [(one, _document_url(reference, one.id)) for one in documents],
        "may_fetch": visitor.can(Right.CUSTOMERS_LEVEL),
        "offered": offered,
        "done": _("It is decided; the customer's level follows.")
        if request.GET.get("done") == "decide"
        else "",
    }
    return Page("operator/verification.html", facts, 422 if is_refused(offered) else 200)


@staff_page(right=Right.CUSTOMERS_LEVEL)
def document(_request: HttpRequest, _visitor: Principal, reference: str, document: str) -> Answer:
    """Send a document's bytes, as a file to be saved."""
    return queries.fetch_document(
        document_id=id_from(DOCUMENT_PREFIX, document),
        verification_id=id_from(VERIFICATION_PREFIX, reference),
    )


def _document_url(reference: str, document_id: Any) -> str:
    wire = encode(DOCUMENT_PREFIX, document_id)
    return reverse("console:operator-document", args=(reference, wire))


def _deeds(shown: Verification) -> Iterator[Deed]:
    following = [one for one in _DECISIONS if VERIFICATION_LIFE.allows(shown.state, one)]

    def decided(given: Mapping[str, Any], visitor: Principal) -> object:
        return actions.decide(
            verification_id=shown.id,
            to=VerificationState(given["decision"]),
            reason=given["reason"],
            by=visitor.actor,
        )

    if following:
        yield Deed(
            name="decide",
            label=_("Decide"),
            right=Right.CUSTOMERS_LEVEL,
            form=DecisionForm,
            choices={"decision": [(one.value, gettext(words(one.value))) for one in following]},
            act=decided,
        )
