"""Search over everything: an identifier goes straight to what it names, a name lists customers."""

from collections.abc import Callable, Mapping
from typing import Any, Final
from uuid import UUID

from django import forms
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from fondaco.console.operator.entrance import staff_page
from fondaco.console.operator.facts import Fact
from fondaco.console.operator.naming import (
    account_url,
    batch_url,
    customer_url,
    id_from,
    name_of,
    order_url,
    transfer_url,
    verification_url,
    wallet_url,
)
from fondaco.console.operator.tones import badge_of
from fondaco.console.operator.wallets import find_holder
from fondaco.console.pages import Answer, GoTo, Page
from fondaco.exchange.types import BATCH
from fondaco.identity.queries import find_customer_by_identifier, get_customer, list_customers
from fondaco.identity.types import CUSTOMER_PREFIX, USER_PREFIX, CustomerFilter
from fondaco.kit.access import Principal
from fondaco.kit.errors import NotFound
from fondaco.kit.ids import InvalidId, decode, encode
from fondaco.kyc.types import VERIFICATION_PREFIX
from fondaco.ledger.queries import find_account, find_transfer
from fondaco.ledger.types import TRANSFER_PREFIX, TransferId
from fondaco.operators.rights import Right
from fondaco.orders.queries import get_orders
from fondaco.orders.types import PREFIX as ORDER
from fondaco.wallets.queries.parties import find_wallet_by_token
from fondaco.wallets.tokens import is_token
from fondaco.wallets.types import WALLET
from fondaco.webhooks import queries as webhooks
from fondaco.webhooks.types import DELIVERY_PREFIX

FOUND_MAX: Final = 20


class SearchForm(forms.Form):
    """Take what is looked for."""

    q = forms.CharField(
        label=_("Name, e-mail, token, or any number"),
        max_length=200,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )


def _delivery_url(delivery_id: UUID) -> str:
    return reverse("console:operator-delivery", args=(encode(DELIVERY_PREFIX, delivery_id),))


def _find_order(order_id: UUID) -> str:
    return order_url(order_id) if get_orders([order_id]) else ""


def _find_transfer(transfer_id: UUID) -> str:
    found = find_transfer(transfer_id=TransferId(transfer_id))
    return transfer_url(transfer_id) if found else ""


def _find_wallet(wallet_id: UUID) -> str:
    return wallet_url(wallet_id) if find_holder(encode(WALLET, wallet_id)) else ""


def _find_customer(customer_id: UUID) -> str:
    try:
        return customer_url(get_customer(customer_id).id)
    except NotFound:
        return ""


def _find_delivery(delivery_id: UUID) -> str:
    found = webhooks.find_delivery_customer(delivery_id=delivery_id)
    return _delivery_url(delivery_id) if found else ""


_BY_PREFIX: Final[Mapping[str, tuple[str, Callable[[UUID], str]]]] = {
    CUSTOMER_PREFIX: (Right.CUSTOMERS_READ, _find_customer),
    ORDER: ("", _find_order),
    WALLET: (Right.WALLETS_READ, _find_wallet),
    TRANSFER_PREFIX: (Right.LEDGER_READ, _find_transfer),
    VERIFICATION_PREFIX: (Right.CUSTOMERS_READ, verification_url),
    BATCH: (Right.EXCHANGE_READ, batch_url),
    DELIVERY_PREFIX: (Right.CUSTOMERS_READ, _find_delivery),
}
"""Where an identifier leads, with the right that the page there asks for; a charge's is its transfer's."""


@staff_page()
def search(request: HttpRequest, visitor: Principal) -> Answer:
    """Look for anything."""
    form = SearchForm(request.GET or None)
    facts: dict[str, Any] = {"title": _("Search"), "form": form}
    if form.is_valid():
        text = form.cleaned_data["q"]
        there = _exact(text, visitor)
        if there:
            return GoTo(there)
        facts["looked"] = text
        if visitor.can(Right.CUSTOMERS_READ):
            found = list_customers(text=text, narrow=CustomerFilter(), limit=FOUND_MAX)
            facts["customers"] = [
                (name_of(one), customer_url(one.id), one.kind) for one in found.items
            ]
    return Page("operator/search.html", facts, 422 if form.errors else 200)


def _exact(text: str, visitor: Principal) -> str:
    """Give the address of what a text names exactly; empty: nothing that the visitor may see."""
    prefix = text.partition("_")[0]
    if prefix in _BY_PREFIX:
        right, find = _BY_PREFIX[prefix]
        try:
            number = decode(prefix, text)
        except InvalidId:
            return ""
        return find(number) if not right or visitor.can(right) else ""
    if is_token(text) and visitor.can(Right.WALLETS_READ):
        found = find_wallet_by_token(token=text)
        return wallet_url(found) if found else ""
    if ":" in text and visitor.can(Right.LEDGER_READ) and find_account(code=text):
        return account_url(text)
    if visitor.can(Right.CUSTOMERS_READ) and not text.startswith(f"{USER_PREFIX}_"):
        customer = find_customer_by_identifier(text)
        return customer_url(customer.id) if customer else ""
    return ""


@staff_page(right=Right.CUSTOMERS_READ)
def delivery(_request: HttpRequest, _visitor: Principal, reference: str) -> Answer:
    """Show what was sent to a customer's endpoint, and how each try went."""
    delivery_id = id_from(DELIVERY_PREFIX, reference)
    customer_id = webhooks.find_delivery_customer(delivery_id=delivery_id)
    if customer_id is None:
        raise NotFound
    shown = webhooks.get_delivery(delivery_id=delivery_id, customer_id=customer_id)
    customer = get_customer(customer_id)
    facts: dict[str, Any] = {
        "title": _("Webhook delivery"),
        "badge": badge_of(shown.state),
        "facts": [
            Fact(_("Customer"), name_of(customer), customer_url(customer_id)),
            Fact(_("Event"), shown.type, is_code=True),
            Fact(_("About"), shown.subject, is_code=True),
            Fact(_("Made"), shown.created_at),
            Fact(_("Tries"), shown.attempts),
            Fact(_("Ended"), shown.ended_at or _("not yet")),
            Fact(_("Number"), reference, is_code=True),
        ],
        "attempts": webhooks.list_attempts(delivery_id=delivery_id),
    }
    return Page("operator/delivery.html", facts)
