"""The tour's chapters about money that moves: charges, holds, refunds, histories, mistakes."""

from collections.abc import Mapping
from typing import Any, Final

from tools.guide import Ask, Guide, Person, new_key

CSV: Final = "text/csv"


def charge(guide: Guide, ada: Person, shop: Person) -> None:
    """Charge, and repeat the very same request."""
    guide.chapter("Charges")
    key = new_key("charge")
    body = {"wallet": ada.wallet, "amount": "5.50", "currency": "USD", "summary": "A paperback"}
    first = _charge(
        guide, shop, body, key, "The company charges 5.50. The payer's token is all it needs."
    )
    guide.ask(
        Ask(
            says="The answer got lost, so the company asks again with the same key: nothing moves twice.",
            path="/charges",
            body=body,
            token=shop.token,
            key=key,
            expected={"id": first["id"], "balance.amount": "5.50"},
            headers_expected={"Idempotent-Replay": "true"},
        )
    )
    guide.ask(
        Ask(
            says="The same key for something else is a mistake, and is refused.",
            path="/charges",
            status=422,
            body={**body, "amount": "55.00"},
            token=shop.token,
            key=key,
        )
    )


def charge_too_much(guide: Guide, ada: Person, shop: Person) -> None:
    """Charge more than there is; the attempt stays in the history."""
    guide.ask(
        Ask(
            says="There is not enough for a first edition. Nothing moves, but the attempt is kept.",
            path="/charges",
            status=409,
            body={"wallet": ada.wallet, "amount": "500.00", "summary": "A first edition"},
            token=shop.token,
            key=new_key("charge"),
            expected={"code": "insufficient_funds"},
        )
    )


def hold_and_capture(guide: Guide, ada: Person, shop: Person) -> None:
    """Hold an amount, take a part of it, release the rest."""
    guide.chapter("Holds and refunds")
    held = guide.ask(
        Ask(
            says="Only hold 20.00 now, and take it when the parcel leaves.",
            path="/charges",
            body={"wallet": ada.wallet, "amount": "20.00", "summary": "An atlas", "capture": False},
            token=shop.token,
            key=new_key("hold"),
            expected={"state": "authorised", "amount.amount": "20.00"},
        )
    )
    guide.ask(
        Ask(
            says="Meanwhile it is reserved.",
            method="GET",
            path=f"/wallets/{ada.wallet}",
            status=200,
            token=ada.token,
            expected={
                "balances.0.total": "94.50",
                "balances.0.reserved": "20.00",
                "balances.0.available": "74.50",
            },
        )
    )
    guide.ask(
        Ask(
            says="The parcel leaves: 18.00 are taken, 2.00 released.",
            path=f"/charges/{held['id']}/capture",
            status=200,
            body={"amount": {"amount": "18.00", "currency": "USD"}},
            token=shop.token,
            key=new_key("capture"),
            expected={"state": "captured", "amount.amount": "18.00", "balance.amount": "23.50"},
        )
    )


def refund(guide: Guide, ada: Person, shop: Person) -> None:
    """Give back a part of a charge, and no more than was taken."""
    body = {"wallet": ada.wallet, "amount": "10.00", "summary": "A map"}
    sold = _charge(guide, shop, body, new_key("charge"), "A map for 10.00.")
    path = f"/charges/{sold['id']}/refunds"
    guide.ask(
        Ask(
            says="It is torn: 4.00 go back.",
            path=path,
            body={"amount": {"amount": "4.00", "currency": "USD"}, "summary": "Torn"},
            token=shop.token,
            key=new_key("refund"),
            expected={"amount.amount": "4.00", "balance.amount": "29.50"},
        )
    )
    guide.ask(
        Ask(
            says="Never more than was taken and not yet given back.",
            path=path,
            status=409,
            body={"amount": {"amount": "7.00", "currency": "USD"}},
            token=shop.token,
            key=new_key("refund"),
            expected={"code": "exceeds_charge"},
        )
    )


def look_back(guide: Guide, ada: Person, shop: Person) -> None:
    """Read histories, transactions, statement and expenses."""
    guide.chapter("Looking back")
    path = f"/wallets/{ada.wallet}"
    _read(
        guide,
        ada,
        f"{path}/history",
        "The client's history: newest first, refused attempts among it.",
        {
            "items.0.success": False,
            "items.0.amount.amount": "7.00",
            "items.1.summary": "Torn",
            "items.1.amount.amount": "4.00",
            "items.1.balance.amount": "70.50",
        },
    )
    failed = {
        "items.0.summary": "A first edition",
        "items.0.success": False,
        "items.0.refusal": "insufficient_funds",
        "items.0.amount.amount": "500.00",
    }
    narrow = "history?success=false&kind=wallets.charge"
    _read(guide, ada, f"{path}/{narrow}", "Only the charges that failed.", failed)
    _read(guide, shop, f"/wallets/{shop.wallet}/{narrow}", "The company sees them too.", failed)
    _read(
        guide,
        ada,
        f"/transactions?wallet={ada.wallet_id}",
        "What moved, across wallets if one likes.",
        {"items.0.amount.amount": "4.00", "items.0.direction": "in"},
    )
    _read(
        guide,
        ada,
        f"{path}/statement",
        "A statement: what it began with, and what it came to.",
        {"opening.amount": "0.00", "closing.amount": "70.50"},
    )
    _read(guide, ada, f"{path}/statement/lines", "Its lines, as a spreadsheet takes them.", {}, CSV)
    _read(
        guide,
        ada,
        "/statistics/expenses",
        "What was spent, by day, kind and counterparty.",
        {"currency": "USD"},
    )


def between_people(guide: Guide, ada: Person, shop: Person) -> None:
    """Send money, ask for money, charge many at once."""
    guide.chapter("Between people, and many at once")
    guide.ask(
        Ask(
            says="The client sends 10.50 by e-mail address; it has an order, since it may have callbacks.",
            path="/internal-movements",
            body={
                "wallet": ada.wallet,
                "recipient": {"email": shop.email},
                "amount": "10.50",
                "comment": "For the reading circle",
            },
            token=ada.token,
            key=new_key("movement"),
            expected={"state": "closed", "amount.amount": "10.50"},
        )
    )
    asked = guide.ask(
        Ask(
            says="The company asks for 5.00 instead of charging.",
            path="/payment-requests",
            body={"payer": {"email": ada.email}, "amount": "5.00", "summary": "Cloakroom"},
            token=shop.token,
            key=new_key("request"),
            expected={"state": "asked"},
        )
    )
    guide.ask(
        Ask(
            says="The client accepts.",
            path=f"/payment-requests/{asked['id']}/accept",
            status=200,
            body={"wallet": ada.wallet},
            token=ada.token,
            key=new_key("accept"),
            expected={"state": "accepted"},
        )
    )
    item = {"wallet": ada.wallet, "summary": "Membership"}
    guide.ask(
        Ask(
            says="Many charges in one request; each succeeds or fails by itself.",
            path="/charges/batches",
            status=200,
            body={"charges": [{**item, "amount": "1.00"}, {**item, "amount": "1000.00"}]},
            token=shop.token,
            key=new_key("batch"),
            expected={
                "succeeded": 1,
                "failed": 1,
                "items.0.charge.balance.amount": "46.00",
                "items.1.problem.code": "insufficient_funds",
            },
        )
    )


def _read(
    guide: Guide,
    who: Person,
    path: str,
    says: str,
    expected: Mapping[str, Any],
    accept: str = "application/json",
) -> None:
    guide.ask(
        Ask(
            says=says,
            method="GET",
            path=path,
            status=200,
            token=who.token,
            headers={} if accept == "application/json" else {"Accept": accept},
            expected=expected,
        )
    )


def _charge(guide: Guide, shop: Person, body: dict[str, str], key: str, says: str) -> Any:
    return guide.ask(
        Ask(
            says=says,
            path="/charges",
            body=body,
            token=shop.token,
            key=key,
            expected={"state": "posted", "amount.amount": body["amount"]},
        )
    )
