"""Things of the market: each request gets one of its own, since a shipped one is everybody's."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from fondaco.kit.access import SYSTEM
from fondaco.market import actions as market
from fondaco.market.tests.cast import USD, new_currency, new_pair, new_source
from fondaco.money import Money
from fondaco.wallets.tests.cast import Person

Names = Mapping[str, str]

_STATIC: Final = {"mode": "static", "static_price": "21.00", "version": 1}


def _quote(_cast: Any, owner: Person, _user_id: UUID) -> Names:
    made = market.make_quote(
        customer_id=owner.customer_id,
        pair=new_pair().name,
        amount_to_spend=Money.parse("10.00", USD),
        by=SYSTEM,
    )
    return {"quote_id": made.wire_id}


def _new_pair(_cast: Any) -> Any:
    coin = new_currency().code
    return {"base": coin, "quote": "USD", "mode": "static", "static_price": "20.00"}


OBJECTS: Final[Mapping[str, Any]] = {
    "/operator/market/currencies/{code}": lambda *_: {"code": new_currency().code},
    "/operator/market/sources/{code}": lambda *_: {"code": new_source().code},
    "/operator/market/pairs/{name}": lambda *_: {"name": new_pair().name},
    "/quotes/{quote_id}": _quote,
}

BODIES: Final[Mapping[str, Any]] = {
    "POST /operator/market/pairs": _new_pair,
    "PUT /operator/market/pairs/{name}": lambda _cast: _STATIC,
    "POST /operator/market/pairs/{name}/proposals": lambda _cast: _STATIC,
    "PUT /operator/market/sources/{code}/prices": lambda _cast: {
        "prices": {"AB/USD": {"bid": "1", "ask": "2"}}
    },
    "POST /quotes": lambda _cast: {"pair": new_pair().name, "amount_to_get": "1"},
}
