"""Limit orders: say at what price, and the house exchanges when its own is as good."""

import re
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext as tell, gettext_lazy as said

from fondaco.console.asking import Refused, customer_of, refused_as
from fondaco.console.forms import Asking
from fondaco.console.money.fields import CUSTOMERS, amount_field, open_wallets, wallet_choices
from fondaco.console.money.orders import url_of
from fondaco.console.money.quoting import EXCHANGE, FIXED, counters, offered, pair_choices
from fondaco.console.pages import Answer, GoTo, Page, page
from fondaco.exchange.actions import exchanging
from fondaco.exchange.queries.orders import list_exchanges
from fondaco.exchange.states import Flavour
from fondaco.exchange.types import Ask, OrderKindName
from fondaco.kit import clock
from fondaco.kit.access import Principal
from fondaco.kit.errors import InvalidField
from fondaco.market.types import MarketPair
from fondaco.orders.states import OrderState
from fondaco.orders.types import OrderFilter
from fondaco.wallets.actions.movements import refusal_of_order
from fondaco.wallets.queries.wallets import choose_wallet_id

_SHOWN: Final = 100
_PRICE: Final = re.compile(r"\d{1,18}(\.\d{1,18})?")
_LASTS: Final = (
    (1, said("a day")),
    (7, said("a week")),
    (30, said("thirty days")),
    (0, said("until I take it back")),
)


class LimitForm(Asking):
    """Take what is exchanged, at what price at worst, and how long to wait for it."""

    pair = forms.ChoiceField(label=said("What"))
    fixed = forms.ChoiceField(label=said("The amount is"), choices=FIXED, initial="spend")
    amount = amount_field()
    price = amount_field(
        label=said("The most that I pay for one"),
        help_text=said("You pay the price of the moment, and never more than this."),
    )
    lasts = forms.TypedChoiceField(label=said("Wait"), choices=_LASTS, coerce=int, initial=7)
    wallet = forms.ChoiceField(label=said("Wallet"))

    def __init__(
        self, *args: Any, pairs: Sequence[MarketPair], customer_id: UUID, **kwargs: Any
    ) -> None:
        """Offer pairs, and the customer's open wallets."""
        super().__init__(*args, **kwargs)
        for name, choices in (
            ("pair", pair_choices(pairs)),
            ("wallet", wallet_choices(open_wallets(customer_id))),
        ):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = choices


@page(*CUSTOMERS, right="wallets:spend", methods="GET HEAD POST")
def limits(request: HttpRequest, visitor: Principal) -> Answer:
    """List the limit orders that wait, with a form to place another."""
    customer_id, pairs = customer_of(visitor), offered(EXCHANGE)
    form = LimitForm(
        request.POST or None,
        pairs=pairs,
        customer_id=customer_id,
        initial={"pair": request.GET.get("pair", "")},
    )
    if request.method == "POST" and form.is_valid():
        go = form.once(visitor, "exchange.limit", lambda: _place(visitor, form, pairs))
        if go:
            return GoTo(go)
    waiting = list_exchanges(
        kind=OrderKindName.EXCHANGE,
        customer_id=customer_id,
        narrow=OrderFilter(state=OrderState.WAITING_FOR_PRICE),
        limit=_SHOWN,
    )
    shown = {
        "title": tell("Limit orders"),
        "here": "limits",
        "counters": counters(),
        "form": form,
        "has_pairs": bool(pairs),
        "waiting": waiting.items,
        "live": "orders",
    }
    return Page("money/limits.html", shown, 422 if form.is_bound else 200)


def _place(visitor: Principal, form: LimitForm, pairs: Sequence[MarketPair]) -> Refused | str:
    given, customer_id = form.cleaned_data, customer_of(visitor)
    pair = next(one for one in pairs if one.name == given["pair"])
    by_get = given["fixed"] == "get"
    amount = form.amount_in(pair.get if by_get else pair.spend)
    ask = Ask(
        flavour=Flavour.LIMIT,
        pair=pair.name,
        wallet_id=choose_wallet_id(reference=given["wallet"], customer_id=customer_id),
        get=amount if by_get else None,
        spend=None if by_get else amount,
        limit_price=_price(given["price"]),
        expires_at=clock.now() + timedelta(days=given["lasts"]) if given["lasts"] else None,
    )
    made = exchanging.exchange(customer_id=customer_id, ask=ask, by=visitor.actor)
    refusal = refusal_of_order(made.order)
    if refusal is None:
        return f"{url_of(made.order)}?done=placed"
    refusal.field = refusal.field or "amount"
    return refused_as(refusal)


def _price(text: str) -> Decimal:
    """Read a price.

    :raises InvalidField: it is not written as plain digits, or is nothing
    """
    if not _PRICE.fullmatch(text.strip()) or not Decimal(text.strip()):
        raise InvalidField(tell("Write a price above zero, like 12.50."), field="price")
    return Decimal(text.strip())
