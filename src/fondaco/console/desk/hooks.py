"""Webhooks of all customers: where events go, how each delivery fared, and sending one again."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _, gettext_lazy

from fondaco.console.desk.acting import Act, Outcome, act_on, listing, shown
from fondaco.console.desk.fields import choices
from fondaco.console.desk.showing import (
    Board,
    Fact,
    Shown,
    Table,
    Text,
    Way,
    as_badge,
    badge,
    code,
    columns,
    lines,
    link,
    plain,
    quiet,
    read_id,
    standing,
)
from fondaco.console.forms import Asking
from fondaco.console.lists import (
    Asked,
    Badge,
    Choice,
    Column,
    OperatorList,
    held_rows,
    page_by_cursor,
)
from fondaco.console.operator.naming import customer_url, name_of
from fondaco.console.pages import Answer, page
from fondaco.console.templatetags.console import instant
from fondaco.identity.queries import get_customers
from fondaco.identity.types import CUSTOMER_PREFIX, customer_wire
from fondaco.kit.access import STAFF, Principal
from fondaco.kit.ids import encode
from fondaco.kit.paging import Page as Rows
from fondaco.operators.rights import Right
from fondaco.webhooks import actions, queries
from fondaco.webhooks.states import ENDED, DeliveryState
from fondaco.webhooks.types import (
    DELIVERY_PREFIX,
    ENDPOINT_PREFIX,
    MANAGE,
    Attempt,
    Delivery,
    Endpoint,
    endpoint_wire,
)

_FAILING_MAX: Final = 100


@dataclass(frozen=True, slots=True)
class EndpointRow:
    """Show an endpoint with whose it is, and how often it failed in a row."""

    endpoint: Endpoint
    customer_id: UUID
    customer: str
    failures: int = 0


def _fetch(asked: Asked, after: str | None, limit: int) -> Rows[EndpointRow]:
    found = queries.list_all_endpoints(
        since=asked.since, until=asked.until, after=page_by_cursor(after), limit=limit
    )
    known = get_customers({customer_id for customer_id, _endpoint in found.items})
    rows = [EndpointRow(one, whose, name_of(known.get(whose))) for whose, one in found.items]
    return Rows(rows, found.next)


_ADDRESS: Final = Column[EndpointRow](
    "address",
    gettext_lazy("Address"),
    lambda row: _address(row.endpoint),
    link=lambda row: _endpoint_url(row.customer_id, row.endpoint),
)
_CUSTOMER: Final = Column[EndpointRow](
    "customer",
    gettext_lazy("Customer"),
    lambda row: row.customer,
    link=lambda row: customer_url(row.customer_id),
)
_SINCE: Final = Column[EndpointRow](
    "since", gettext_lazy("Since"), lambda row: row.endpoint.created_at
)
_STATE: Final = Column[EndpointRow](
    "state", gettext_lazy("State"), lambda row: _standing(row.endpoint)
)
ENDPOINTS: Final = OperatorList[EndpointRow](
    name="webhooks",
    title=gettext_lazy("Webhooks"),
    fetch=_fetch,
    columns=(
        _ADDRESS,
        _CUSTOMER,
        Column("events", gettext_lazy("Events"), lambda row: _events(row.endpoint)),
        _SINCE,
        _STATE,
    ),
    empty=gettext_lazy("No customer has events sent anywhere yet."),
)


def _read_failing(_asked: Asked) -> list[EndpointRow]:
    found = queries.list_failing(limit=_FAILING_MAX)
    known = get_customers({one.customer_id for one in found})
    return [
        EndpointRow(
            one.endpoint, one.customer_id, name_of(known.get(one.customer_id)), one.failures
        )
        for one in found
    ]


FAILING: Final = OperatorList[EndpointRow](
    name="failing-webhooks",
    title=gettext_lazy("Failing webhooks"),
    fetch=held_rows(
        _read_failing,
        at=lambda row: row.endpoint.created_at,
        text=lambda row: f"{row.endpoint.url} {row.customer}",
    ),
    columns=(
        _ADDRESS,
        _CUSTOMER,
        Column(
            "failures",
            gettext_lazy("Failed in a row"),
            lambda row: str(row.failures),
            is_number=True,
        ),
        _SINCE,
        _STATE,
    ),
    searched=gettext_lazy("Address or customer"),
    empty=gettext_lazy("Every endpoint answers. Nothing is to be done here."),
)


@page(*STAFF, right=Right.CUSTOMERS_READ, methods="GET HEAD POST")
def webhooks(request: HttpRequest, visitor: Principal) -> Answer:
    """List where customers' events go, the latest first."""
    lead = _("Where customers have events sent, and how that fared.")
    ways = [Way(reverse("console:operator-failing"), _("Failing ones"))]
    return listing(request, visitor, ENDPOINTS, lead=lead, ways=ways)


@page(*STAFF, right=Right.CUSTOMERS_READ, methods="GET HEAD POST")
def failing(request: HttpRequest, visitor: Principal) -> Answer:
    """List the endpoints of customers that do not answer, the worst first."""
    back = Way(reverse("console:desk-webhooks"), _("Webhooks"))
    lead = _("Each is tried again for a while. Tell the customer, who can mend it.")
    return listing(request, visitor, FAILING, lead=lead, back=back)


def _deliveries(customer_id: UUID, endpoint_id: UUID) -> OperatorList[Delivery]:
    def fetch(asked: Asked, after: str | None, limit: int) -> Rows[Delivery]:
        state = asked.get("state")
        return queries.list_deliveries(
            endpoint_id=endpoint_id,
            customer_id=customer_id,
            state=DeliveryState(state) if state else None,
            since=asked.since,
            until=asked.until,
            after=page_by_cursor(after),
            limit=limit,
        )

    def url(one: Delivery) -> str:
        wires = (customer_wire(customer_id), encode(DELIVERY_PREFIX, one.id))
        return reverse("console:desk-delivery", args=wires)

    return OperatorList(
        name="webhook-deliveries",
        title=_("Deliveries"),
        fetch=fetch,
        columns=(
            Column("made", gettext_lazy("Made"), lambda one: one.created_at),
            Column("event", gettext_lazy("Event"), lambda one: one.type, link=url),
            Column("about", gettext_lazy("About"), lambda one: one.subject),
            Column("tries", gettext_lazy("Tries"), lambda one: str(one.attempts), is_number=True),
            Column("state", gettext_lazy("State"), lambda one: standing(one.state)),
        ),
        choices=(Choice("state", gettext_lazy("State"), choices(DeliveryState)),),
        empty=gettext_lazy("Nothing was sent there yet."),
    )


@page(*STAFF, right=Right.CUSTOMERS_READ, methods="GET HEAD POST")
def endpoint(request: HttpRequest, visitor: Principal, customer: str, wire: str) -> Answer:
    """Show an endpoint with the log of what was or is sent there."""
    customer_id = read_id(CUSTOMER_PREFIX, customer)
    endpoint_id = read_id(ENDPOINT_PREFIX, wire)
    found = queries.get_endpoint(endpoint_id=endpoint_id, customer_id=customer_id)
    state = _standing(found)
    facts = [
        Fact(_("State"), as_badge(state)),
        Fact(_("Customer"), link(customer, customer_url(customer_id))),
        Fact(_("Label"), found.label or "—"),
        Fact(_("Events"), lines(found.types) if found.types else _("all")),
        Fact(_("Since"), instant(found.created_at)),
        Fact(_("Checks signatures"), code(found.public_key)),
        Fact(_("Identifier"), code(wire)),
    ]
    if found.disabled_reason:
        facts.insert(1, Fact(_("Why it is off"), found.disabled_reason))
    return listing(
        request,
        visitor,
        _deliveries(customer_id, endpoint_id),
        title=_address(found),
        back=Way(reverse("console:desk-webhooks"), _("Webhooks")),
        facts=facts,
    )


@page(*STAFF, right=Right.CUSTOMERS_READ, methods="GET HEAD POST")
def delivery(request: HttpRequest, visitor: Principal, customer: str, wire: str) -> Answer:
    """Show what was sent and how each try went, and send it again where one's rights reach so far."""
    customer_id = read_id(CUSTOMER_PREFIX, customer)
    delivery_id = read_id(DELIVERY_PREFIX, wire)
    found = queries.get_delivery(delivery_id=delivery_id, customer_id=customer_id)

    def resend(_form: Asking) -> Outcome:
        actions.resend(delivery_id=delivery_id, customer_id=customer_id, by=visitor.actor)
        return Outcome(request.path, "again")

    act = Act(
        name="resend",
        title=_("Send it again"),
        button=_("Send again"),
        lead=_("The receiver sees the same identifier as before."),
        do=resend,
        right=MANAGE,
    )
    acted = act_on(request, visitor, [act] if found.state in ENDED else [])
    if acted.answer is not None:
        return acted.answer
    tries = queries.list_attempts(delivery_id=delivery_id)
    table = Table(
        name="tries",
        title=_("Tries"),
        columns=columns(_("When"), _("Answer"), _("Error"), _("Took")),
        rows=[_try_row(one) for one in tries],
        empty=_("It was not tried yet."),
    )
    facts = [
        Fact(_("State"), badge(found.state)),
        Fact(_("About"), plain(found.subject)),
        Fact(_("Made"), instant(found.created_at)),
        Fact(_("Due"), instant(found.due_at)),
        Fact(_("Tries"), str(found.attempts)),
        Fact(_("Identifier"), code(found.message_id)),
    ]
    above = reverse("console:desk-webhook", args=(customer, endpoint_wire(found.endpoint_id)))
    board = Board(
        title=found.type,
        back=Way(above, _("The endpoint")),
        facts=facts,
        texts=[Text(title=_("What was sent"), text=found.body)],
        tables=[table],
    )
    return shown(request, board, acted)


def _endpoint_url(customer_id: UUID, one: Endpoint) -> str:
    return reverse("console:desk-webhook", args=(customer_wire(customer_id), endpoint_wire(one.id)))


def _address(one: Endpoint) -> str:
    return one.url or _("Callbacks of orders")


def _events(one: Endpoint) -> str:
    return ", ".join(one.types) or _("all")


def _standing(one: Endpoint) -> Badge:
    return Badge(_("in use"), "good") if one.disabled_at is None else Badge(_("stopped"), "bad")


def _try_row(one: Attempt) -> list[Shown]:
    answer = str(one.answer_status) if one.answer_status is not None else _("none")
    took = _("%(milliseconds)s ms") % {"milliseconds": one.duration_ms}
    body = quiet(one.answer_body) if one.answer_body else ""
    return [instant(one.at), lines([answer, body]), one.error or quiet("—"), took]
