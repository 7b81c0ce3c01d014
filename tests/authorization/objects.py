"""Whose things are asked for: for each path with a name in it, something that belongs to a customer.

``OBJECTS`` says how to make one, by the beginning of the path; it is made anew for each request, since some
requests end it. A path that is not listed gets an identifier that nobody has, so its row says 404 where the
caller passes.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID, uuid4

from fondaco.apikeys import actions as apikeys
from fondaco.apikeys.networks import read_network
from fondaco.apikeys.scopes import Scope
from fondaco.apikeys.types import NewKey, network_wire
from fondaco.exchange.actions.desks import DeskTerms, set_desk
from fondaco.exchange.states import Cover
from fondaco.identity import actions as identity, models
from fondaco.identity.states import StaffRole
from fondaco.identity.tests.people import unique
from fondaco.identity.types import customer_wire, session_wire, user_wire
from fondaco.instruments.actions.instruments import declare_instrument, import_prices
from fondaco.instruments.models import Instrument
from fondaco.instruments.states import InstrumentKind
from fondaco.instruments.types import DayPrice, NewInstrument, Source as PriceSource
from fondaco.investing.actions.orders import invest
from fondaco.investing.actions.quotes import make_quote
from fondaco.investing.models import Advice
from fondaco.investing.types import QuoteAsk, Target
from fondaco.kit import clock, ids
from fondaco.kit.access import SYSTEM, Actor, ActorKind
from fondaco.market.tests.cast import new_pair
from fondaco.money import Asset
from fondaco.notifications import models as notifications
from fondaco.notifications.types import message_wire
from fondaco.signing import actions as signing, queries as signing_queries
from fondaco.signing.states import RequestState
from fondaco.signing.tests.cast import member
from fondaco.signing.types import Person as Signer
from fondaco.wallets.models import Wallet
from fondaco.wallets.states import WalletState
from fondaco.wallets.tests.cast import USD, Person
from fondaco.webhooks import actions as webhooks
from fondaco.webhooks.models import Endpoint
from tests.authorization import market_objects
from tests.authorization.bodies import POLICIES
from tests.authorization.callers import Cast, user_of
from tests.plumbing.api import ApiClient

Names = Mapping[str, str]
Make = Callable[[Cast, Person, UUID], Names]
"""Makes something of a customer or of a person and gives the names of the path."""


def _wallet(cast: Cast, owner: Person, user_id: UUID) -> Names:
    wallet = ids.encode("wal", owner.wallet_id)
    return {"token": wallet, "merchant": customer_wire(cast.strangers["company"].customer_id)}


def _spare_wallet(cast: Cast, owner: Person, user_id: UUID) -> Names:
    """Give a second, closed wallet: whoever passes the gate is told that it cannot be moved."""
    place = ("spare wallet", owner.customer_id)
    if place not in cast.made:
        row = Wallet.objects.get(id=owner.wallet_id)
        row.id, row.token_digest, row.state = ids.uuid7(), uuid4().bytes * 2, WalletState.CLOSED
        row.save(force_insert=True)
        wallet = ids.encode("wal", row.id)
        cast.made[place] = {"token": wallet, "wallet": wallet}
    return cast.made[place]


def _charge(cast: Cast, owner: Person, user_id: UUID) -> Names:
    body = {"wallet": cast.payer.token, "amount": "1.00"}
    answer = _as(owner, "POST", "/charges", body)
    return {"charge_id": answer["id"] if answer else ids.encode("tr", uuid4())}


def _transfer(cast: Cast, owner: Person, user_id: UUID) -> Names:
    _as(
        cast.payer,
        "POST",
        "/internal-movements",
        {"recipient": {"email": owner.email}, "amount": "1.00"},
    )
    found = _as(owner, "GET", "/transactions?limit=1")["items"]
    return {"transfer_id": found[0]["id"] if found else ids.encode("tr", uuid4())}


def _session(cast: Cast, owner: Person, user_id: UUID) -> Names:
    return {"session_id": session_wire(identity.open_session(user_id=user_id).session_id)}


def _key(cast: Cast, owner: Person, user_id: UUID) -> Names:
    ask = NewKey(label="x", scopes=frozenset({Scope.ORDERS_READ.value}))
    issued = apikeys.create_key(
        customer_id=owner.customer_id, user_id=user_of(owner), ask=ask, by=SYSTEM
    )
    return {"key_id": issued.key.wire_id}


def _network(cast: Cast, owner: Person, user_id: UUID) -> Names:
    _allow(owner, "127.0.0.0/8")  # so that nobody is locked out
    return {"network_id": network_wire(_allow(owner, "192.0.2.0/24"))}


def _allow(owner: Person, text: str) -> UUID:
    allowed = apikeys.allow_network(
        customer_id=owner.customer_id,
        network=read_network(text, field="network"),
        label="",
        here=None,
        by=SYSTEM,
    )
    return allowed.id


def _request(cast: Cast, owner: Person, user_id: UUID) -> Names:
    body = {"payer": {"email": owner.email}, "amount": "1.00"}
    answer = _as(cast.payer, "POST", "/payment-requests", body)
    return {"request_id": answer["id"] if answer else ids.encode("req", uuid4())}


def _order(cast: Cast, owner: Person, user_id: UUID) -> Names:
    body = {"amount": "0.01", "destination": "a bank"}
    _as(owner, "POST", f"/wallets/{owner.token}/cash-outs", body)
    found = _as(owner, "GET", "/orders?limit=1")["items"]
    return {"order_id": found[0]["id"] if found else ids.encode("ord", uuid4())}


def _customer(cast: Cast, owner: Person, user_id: UUID) -> Names:
    """Give somebody whom nobody else needs: some operations shut him out."""
    now = clock.now()
    row = models.Customer.objects.create(kind="client", name="Victim", created_at=now)
    return {"customer_id": customer_wire(row.id)}


def _operator(cast: Cast, owner: Person, user_id: UUID) -> Names:
    row = models.User.objects.create(
        email=f"{unique()}@example.com",
        first_name="Olga",
        last_name="Keeper",
        staff_role=StaffRole.OPERATOR,
        created_at=clock.now(),
    )
    return {"user_id": user_wire(row.id)}


def _job(cast: Cast, owner: Person, user_id: UUID) -> Names:
    return {"job_id": "999999999999"}


def _sign_request(cast: Cast, owner: Person, user_id: UUID) -> Names:
    """Give what waits for the signatures of a customer's people, made by one more of them."""
    waiting = signing_queries.list_requests(
        owner=owner.customer_id, state=RequestState.WAITING, limit=50
    )
    askers = {caller.user_id for caller in cast.callers.values()}
    for one in waiting.items:
        if one.maker_id not in askers:  # who made it may withdraw it and not sign it
            return {"request_id": one.wire_id}
        actor = Actor(ActorKind.USER, user_wire(one.maker_id))
        person = Signer(one.maker_id, owner.customer_id, actor)
        signing.withdraw(request_id=one.id, reason="in the way", person=person)
    maker = member(owner.customer_id, "signing:policies")
    made = signing.propose_policy(action="signing.policy", new=(), maker=maker)
    return {"request_id": made.wire_id}


def _hook(cast: Cast, owner: Person, user_id: UUID) -> Names:
    """Give an endpoint with a delivery that waits; nobody sends it."""
    made = webhooks.make_endpoint(
        customer_id=owner.customer_id, url="https://example.com/", types=(), label="", by=SYSTEM
    )
    sent = webhooks.send_test(
        endpoint_id=made.endpoint.id, customer_id=owner.customer_id, by=SYSTEM
    )
    living = Endpoint.objects.filter(customer_id=owner.customer_id).exclude(url="")
    kept = list(living.order_by("-id").values_list("id", flat=True)[:15])
    living.exclude(id__in=kept).update(deleted_at=clock.now())  # so that nobody has too many
    return {
        "endpoint_id": ids.encode("whe", made.endpoint.id),
        "delivery_id": ids.encode("whd", sent.id),
    }


def _coin(cast: Cast) -> str:
    """Give a pair whose coins the house sells out of its own, so that no venue is needed."""
    if "coin" not in cast.made:
        pair = new_pair()
        set_desk(pair=pair.name, terms=DeskTerms(cover=Cover.OFF), by=SYSTEM)
        cast.made["coin"] = {"pair": pair.name, "coin": pair.get.code}
    return cast.made["coin"]["pair"]


def _pair(cast: Cast, owner: Person, user_id: UUID) -> Names:
    return {"pair": _coin(cast)}


def _purchase(cast: Cast, owner: Person, user_id: UUID) -> Names:
    """Give a purchase, which is closed at once."""
    body = {"currency": _coin(cast).partition("_")[0], "amount": "0.05"}
    answer = _as(owner, "POST", "/purchases", body)
    return {"order_id": answer["id"] if answer else ids.encode("ord", uuid4())}


def _exchange(cast: Cast, owner: Person, user_id: UUID) -> Names:
    """Give a limit order, which waits."""
    body = {"pair": _coin(cast), "amount_to_get": "0.05", "price": "1"}
    answer = _as(owner, "POST", "/exchanges", body)
    return {"order_id": answer["id"] if answer else ids.encode("ord", uuid4())}


def _share() -> str:
    """Give an asset of these tests, which costs a dollar today."""
    if not Instrument.objects.filter(symbol="XAUT.SHARE").exists():
        declare_instrument(
            ask=NewInstrument(
                asset=Asset("XAUT.SHARE", 6), name="Share", kind=InstrumentKind.SHARE, currency=USD
            ),
            by=SYSTEM,
        )
    told = DayPrice(symbol="XAUT.SHARE", day=clock.today(), close=Decimal(1))
    import_prices(prices=[told], source=PriceSource(name="tests", title="Tests"), by=SYSTEM)
    return "XAUT.SHARE"


def _asset(cast: Cast, owner: Person, user_id: UUID) -> Names:
    return {"symbol": _share()}


def _portfolio_quote(cast: Cast, owner: Person, user_id: UUID) -> Names:
    target = Target(symbol=_share(), quantity=10_000)
    ask = QuoteAsk(wallet_id=owner.wallet_id, targets=[target])
    quote = make_quote(customer_id=owner.customer_id, ask=ask, by=SYSTEM)
    return {"quote_id": quote.wire_id}


def _portfolio_order(cast: Cast, owner: Person, user_id: UUID) -> Names:
    """Give an order of a portfolio; one that cannot be paid is an order, too."""
    target = Target(symbol=_share(), quantity=10**15)
    ask = QuoteAsk(wallet_id=owner.wallet_id, targets=[target])
    return {"order_id": invest(customer_id=owner.customer_id, ask=ask, by=SYSTEM).wire_id}


def _advice(cast: Cast, owner: Person, user_id: UUID) -> Names:
    now = clock.now()
    row = Advice.objects.create(
        customer_id=owner.customer_id,
        engine="fondaco",
        engine_version="0",
        risk=50,
        level=5,
        currency="USD/2",
        total_minor=1,
        inputs={},
        answer=ADVICE_ANSWER,
        created_at=now,
        expires_at=now,
    )
    return {"advice_id": ids.encode("adv", row.id)}


ADVICE_ANSWER: Final[Mapping[str, Any]] = {
    "parts": {},
    "assets": [],
    "fee": "0.00",
    "rest": "0.00",
    "metrics": dict.fromkeys(
        [
            "rate_of_return",
            "volatility",
            "value_at_risk",
            "value_at_risk_sum",
            "expected_shortfall",
            "sharpe",
            "drawdown",
        ],
        "0.00",
    ),
    "frontier": [],
    "here": {},
    "warnings": [],
}


FLEETING: Final = frozenset({_hook})
"""Makers whose next thing may end their last: what they made is not asked for twice."""


def _delegation(cast: Cast) -> Any:
    now = clock.now()
    return {
        "delegate": user_wire(user_of(cast.payer)),
        "starts_at": now.isoformat(),
        "ends_at": (now + timedelta(days=1)).isoformat(),
    }


def _note(cast: Cast, owner: Person, user_id: UUID) -> Names:
    """Give something that the person was told."""
    now = clock.now()
    row = notifications.Message.objects.create(
        notice="welcome",
        channel="in_app",
        language="en",
        user_id=user_id,
        content={"subject": "x", "text": "x", "html": "", "headers": {}},
        state="sent",
        due_at=now,
        created_at=now,
        ended_at=now,
    )
    return {"message_id": message_wire(row.id)}


def _template(cast: Cast, owner: Person, user_id: UUID) -> Names:
    return {"notice": "welcome", "channel": "email", "language": "en"}


OBJECTS: Final[Mapping[str, Make]] = {
    **market_objects.OBJECTS,
    "/me/notifications/{message_id}": _note,
    "/operator/notifications/templates/{notice}": _template,
    "/operator/jobs/{job_id}": _job,
    "/operator/wallets/{wallet}": _spare_wallet,
    "/wallets/{token}/close": _spare_wallet,
    "/wallets/{token}/freeze": _spare_wallet,
    "/wallets/{token}/unfreeze": _spare_wallet,
    "/wallets/{token}/token": _spare_wallet,
    "/charges/{charge_id}": _charge,
    "/wallets/{token}": _wallet,
    "/transactions/{transfer_id}": _transfer,
    "/payment-requests/{request_id}": _request,
    "/cash-outs/{order_id}": _order,
    "/orders/{order_id}": _order,
    "/purchases/{order_id}": _purchase,
    "/exchanges/{order_id}": _exchange,
    "/operator/exchange/orders/{order_id}": _exchange,
    "/operator/exchange/desks/{pair}": _pair,
    "/me/sessions/{session_id}": _session,
    "/me/api-keys/{key_id}": _key,
    "/me/ip-allowlist/{network_id}": _network,
    "/operator/customers/{customer_id}": _customer,
    "/operator/people/{user_id}": _operator,
    "/signatures/{request_id}": _sign_request,
    "/assets/{symbol}": _asset,
    "/operator/assets/{symbol}": _asset,
    "/operator/portfolios/{customer_id}": _customer,
    "/portfolio/advice/{advice_id}": _advice,
    "/portfolio/quotes/{quote_id}": _portfolio_quote,
    "/portfolio/orders/{order_id}": _portfolio_order,
    "/portfolio/mappings/{name}": lambda *_: {"name": "broker"},
    "/webhooks/{endpoint_id}": _hook,
    "/webhooks/deliveries/{delivery_id}": _hook,
}

BODIES: Final[Mapping[str, Callable[[Cast], Any]]] = {
    **market_objects.BODIES,
    "PUT /operator/notifications/templates/{notice}/{channel}/{language}": lambda _: {
        "text": "{{ nobody }}",  # refused past the gate, so that no test gets other words
        "replaces": 0,
    },
    "POST /charges": lambda cast: {"wallet": cast.payer.token, "amount": "1.00"},
    "POST /purchases": lambda cast: {"currency": _coin(cast).partition("_")[0], "amount": "0.05"},
    "POST /exchanges": lambda cast: {"pair": _coin(cast), "amount_to_get": "0.05"},
    "POST /exchanges/calculate": lambda cast: {"pair": _coin(cast), "amount_to_get": "0.05"},
    "PUT /operator/exchange/desks/{pair}": lambda _: {"cover": "off"},
    "POST /operator/exchange/orders/{order_id}/close": lambda _: {
        "ending": "refund",
        "reason": "stuck",
        "evidence": "ticket 7",
    },
    "POST /operator/exchange/batches/{batch_id}/retry": lambda _: {"reason": "again"},
    "POST /operator/exchange/batches/{batch_id}/give-up": lambda _: {"reason": "enough"},
    "POST /charges/batches": lambda cast: {
        "charges": [{"wallet": cast.payer.token, "amount": "1.00"}]
    },
    "POST /internal-movements": lambda cast: {
        "recipient": {"email": cast.payer.email},
        "amount": "1.00",
    },
    "POST /payment-requests": lambda cast: {
        "payer": {"email": cast.payer.email},
        "amount": "1.00",
    },
    "POST /wallets/{token}/top-ups": lambda _: {"amount": "1.00"},
    "POST /wallets/{token}/cash-outs": lambda _: {"amount": "0.01", "destination": "a bank"},
    "POST /ledger/transfers": lambda _: {
        "transfers": [{"debit": "x", "credit": "y", "amount": "1.00"}],
        "reason": "opening",
        "evidence": "receipt 1",
    },
    "POST /operator/top-ups": lambda cast: {
        "amount": "1.00",
        "wallet": ids.encode("wal", cast.payer.wallet_id),
        "reason": "opening",
        "evidence": "receipt 1",
    },
    **POLICIES,
    "POST /operator/people": lambda _: {
        "role": "operator",
        "email": f"{unique()}@example.com",
        "first_name": "Olga",
        "last_name": "Keeper",
    },
    "POST /operator/parties": lambda _: {
        "kind": "bank",
        "name": "Bank",
        "administrator_email": f"{unique()}@example.com",
    },
    "POST /operator/holdings": lambda _: {
        "place": "providers:kraken",
        "currency": "USD",
        "amount": "1.00",
        "at": "2020-01-01T00:00:00Z",
        "source": "statement 2020-01",
    },
    "POST /payment-requests/{request_id}/accept": lambda _: {},
    "POST /operator/opening-balances": lambda _: {"file": "x"},
    "POST /operator/cash-outs/{order_id}/confirm": lambda _: {
        "reason": "paid",
        "evidence": "receipt 1",
    },
    "POST /operator/cash-outs/{order_id}/reject": lambda _: {"reason": "unknown", "evidence": "x"},
    "POST /operator/evidence": lambda _: {
        "since": "2020-01-01T00:00:00Z",
        "until": "2020-01-02T00:00:00Z",
    },
    "POST /operator/adjustments": lambda _: {
        "debit": "providers:manual:USD",
        "credit": "providers:manual:EUR",
        "amount": "1.00",
        "reason": "wrong booking",
        "evidence": "ticket 7",
    },
    "POST /signatures/policies": lambda _: {"action": "signing.policy", "bands": []},
    "POST /signatures/delegations": _delegation,
    "POST /signatures/{request_id}/amend": lambda _: {"terms": {}},
    "POST /webhooks": lambda _: {"url": "https://example.com/"},
    "POST /webhooks/{endpoint_id}/resend": lambda _: {
        "from": "2020-01-01T00:00:00Z",
        "to": "2020-01-02T00:00:00Z",
    },
    "POST /portfolio/quotes": lambda _: {"targets": []},
    "POST /portfolio/orders": lambda _: {"targets": []},
    "POST /portfolio/rebalancing/quotes": lambda _: {},
    "POST /operator/assets": lambda _: {
        "symbol": "XAUT.NEW",
        "long_name": "New",
        "kind": "share",
        "currency": "USD",
    },
    "POST /operator/assets/{symbol}/dividends": lambda _: {
        "day": "2020-01-01",
        "per_share": "0.01",
    },
    "POST /operator/assets/prices": lambda _: {
        "source": "tests",
        "title": "Tests",
        "csv": "symbol,day,close",
    },
    "POST /auth/login": lambda _: {"identifier": unique(), "password": "wrong-on-purpose"},
    "POST /auth/register/confirm": lambda _: {"token": "x"},
    "POST /me/email/change": lambda _: {"email": f"{unique()}@example.com"},
    "POST /me/phone/change": lambda _: {"phone": "+34612345678"},
    "POST /me/invitations": lambda _: {"email": f"{unique()}@example.com", "role": "owner"},
    "POST /me/ip-allowlist": lambda _: {"network": "127.0.0.0/8"},
}
"""Bodies where what is made from the description is not taken, or leads to nothing.

What an operation still refuses as a field of such a body passed its gate.
"""


def _as(owner: Person, method: str, path: str, body: Any = None) -> Any:
    """Ask for a customer; what is refused gives nothing."""
    token = identity.open_session(user_id=user_of(owner)).access_token
    answer = ApiClient("alpha.test").send(method, path, body, token=token)
    return answer.json() if answer.status_code < 300 else None
