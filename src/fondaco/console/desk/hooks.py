"""Webhooks of all customers: where events go, how each delivery fared, and sending one again."""

from uuid import UUID

from django import forms
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _, gettext_lazy

from fondaco.console.desk import names
from fondaco.console.desk.acting import Act, Outcome, act_on, reading, shown
from fondaco.console.desk.fields import choices
from fondaco.console.desk.showing import (
    PER_PAGE,
    Board,
    Fact,
    Shown,
    Table,
    Text,
    Way,
    after_of,
    badge,
    code,
    columns,
    lines,
    link,
    older_url,
    plain,
    quiet,
    read_id,
)
from fondaco.console.forms import Asking
from fondaco.console.operator.naming import customer_url
from fondaco.console.pages import Answer, page
from fondaco.console.templatetags.console import instant
from fondaco.identity.types import CUSTOMER_PREFIX, customer_wire
from fondaco.kit.access import STAFF, Principal
from fondaco.kit.ids import encode
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


class StateForm(forms.Form):
    """Narrow the log."""

    state = forms.ChoiceField(
        label=gettext_lazy("State"),
        required=False,
        choices=choices(DeliveryState, empty=gettext_lazy("All")),
    )


@page(*STAFF, right=Right.CUSTOMERS_READ)
def webhooks(request: HttpRequest, _visitor: Principal) -> Answer:
    """List where customers' events go, the latest first."""
    found = queries.list_all_endpoints(after=after_of(request), limit=PER_PAGE)
    known = names.customers({customer_id for customer_id, _endpoint in found.items})
    table = Table(
        name="endpoints",
        title=_("Endpoints"),
        columns=columns(_("Address"), _("Customer"), _("Events"), _("Since"), _("State")),
        rows=[
            [
                link(_address(one), _endpoint_url(customer_id, one)),
                known.get(customer_id, ""),
                lines(one.types) if one.types else _("all"),
                instant(one.created_at),
                _state(one),
            ]
            for customer_id, one in found.items
        ],
        empty=_("No customer has events sent anywhere yet."),
        older=older_url(request, found.next),
    )
    board = Board(
        title=_("Webhooks"),
        lead=_("Where customers have events sent, and how that fared."),
        tables=[table],
    )
    return reading(request, board)


@page(*STAFF, right=Right.CUSTOMERS_READ)
def endpoint(request: HttpRequest, _visitor: Principal, customer: str, wire: str) -> Answer:
    """Show an endpoint with the log of what was or is sent there."""
    customer_id = read_id(CUSTOMER_PREFIX, customer)
    endpoint_id = read_id(ENDPOINT_PREFIX, wire)
    found = queries.get_endpoint(endpoint_id=endpoint_id, customer_id=customer_id)
    form = StateForm(request.GET)
    state = form.cleaned_data["state"] if form.is_valid() else ""
    log = queries.list_deliveries(
        endpoint_id=endpoint_id,
        customer_id=customer_id,
        state=DeliveryState(state) if state else None,
        after=after_of(request),
        limit=PER_PAGE,
    )
    table = Table(
        name="deliveries",
        title=_("Deliveries"),
        columns=columns(_("Event"), _("About"), _("Made"), _("Tries"), _("State")),
        rows=[_row(customer_id, one) for one in log.items],
        empty=_("Nothing of this sort was sent there."),
        older=older_url(request, log.next),
    )
    facts = [
        Fact(_("State"), _state(found)),
        Fact(_("Customer"), link(customer, customer_url(customer_id))),
        Fact(_("Label"), found.label or "—"),
        Fact(_("Events"), lines(found.types) if found.types else _("all")),
        Fact(_("Since"), instant(found.created_at)),
        Fact(_("Checks signatures"), code(found.public_key)),
        Fact(_("Identifier"), code(wire)),
    ]
    if found.disabled_reason:
        facts.insert(1, Fact(_("Why it is off"), found.disabled_reason))
    back = Way(reverse("console:desk-webhooks"), _("Webhooks"))
    board = Board(title=_address(found), back=back, facts=facts, filters=form, tables=[table])
    return reading(request, board)


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


def _state(one: Endpoint) -> Shown:
    return badge("on", label=_("in use")) if one.disabled_at is None else badge("stopped")


def _row(customer_id: UUID, one: Delivery) -> list[Shown]:
    wires = (customer_wire(customer_id), encode(DELIVERY_PREFIX, one.id))
    return [
        link(one.type, reverse("console:desk-delivery", args=wires)),
        plain(one.subject),
        instant(one.created_at),
        str(one.attempts),
        badge(one.state),
    ]


def _try_row(one: Attempt) -> list[Shown]:
    answer = str(one.answer_status) if one.answer_status is not None else _("none")
    took = _("%(milliseconds)s ms") % {"milliseconds": one.duration_ms}
    body = quiet(one.answer_body) if one.answer_body else ""
    return [instant(one.at), lines([answer, body]), one.error or quiet("—"), took]
