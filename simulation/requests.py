"""How each wish goes over the wire: verb by verb, to the path and body that the API documents."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from fondaco.kit.ids import decode
from simulation.model import Ask
from simulation.people import Customer, Reply

SCALE: Final = 2
"""All currencies of a run count hundredths."""


class Wire:
    """Send what customers want, and remember the identifiers that they were given."""

    def __init__(self, customers: Mapping[str, Customer]) -> None:
        """Take all customers by name; new ones may join."""
        self._customers = customers
        self.ids: dict[str, str] = {}
        """What was made under a tag: a charge, an order, a request."""

    def send(self, ask: Ask) -> Reply:
        """Send a wish, and keep the identifier that comes back."""
        path, body = self._written(ask)
        customer = self._customers[ask.who]
        reply = customer.ask(path, body, key=ask.tag if ask.is_keyed else None)
        if reply.code == "done" and ask.is_keyed and "id" in reply.told:
            self.ids[ask.tag] = reply.told["id"]
        return reply

    def order_id(self, tag: str) -> UUID:
        """Give the identifier of an order as the platform's own code takes it."""
        return decode("ord", self.ids[tag])

    def _written(self, ask: Ask) -> tuple[str, Any]:  # noqa: C901, PLR0911 - one case for each verb
        about, me = ask.about, self._customers[ask.who]
        match ask.verb:
            case "top_up":
                return f"{me.wallet_path}/top-ups", {**_money(ask), "summary": ask.tag}
            case "charge":
                token = self._token(about["payer"])
                return "/charges", {
                    **_money(ask),
                    "wallet": token,
                    "summary": ask.tag,
                    "capture": not about["holds"],
                }
            case "capture" | "void" | "refund":
                return self._written_about_charge(ask)
            case "move":
                return "/internal-movements", {
                    **_money(ask),
                    "wallet": me.wallet_token,
                    "recipient": {"wallet": self._token(about["target"])},
                    "comment": ask.tag,
                }
            case "cash_out":
                return f"{me.wallet_path}/cash-outs", {
                    **_money(ask),
                    "destination": "an envelope",
                    "comment": ask.tag,
                }
            case "cancel":
                return f"/cash-outs/{self.ids[about['order']]}/cancel", None
            case "request":
                return "/payment-requests", {
                    **_money(ask),
                    "wallet": me.wallet_token,
                    "payer": {"wallet": self._token(about["payer"])},
                    "summary": ask.tag,
                    "valid_for_s": about["valid_for_s"],
                }
            case "accept":
                path = f"/payment-requests/{self.ids[about['request']]}/accept"
                return path, {"wallet": me.wallet_token}
            case "decline" | "withdraw":
                return f"/payment-requests/{self.ids[about['request']]}/{ask.verb}", None
            case "freeze" | "unfreeze":
                return f"{me.wallet_path}/{ask.verb}", None
            case other:
                raise AssertionError(f"nobody sends {other}")

    def _written_about_charge(self, ask: Ask) -> tuple[str, Any]:
        path = f"/charges/{self.ids[ask.about['charge']]}"
        if ask.verb == "void":
            return f"{path}/void", None
        part = {"amount": _money(ask)} if ask.about["amount"] else {}
        if ask.verb == "capture":
            return f"{path}/capture", part
        return f"{path}/refunds", {**part, "summary": ask.tag}

    def _token(self, name: str) -> str:
        return self._customers[name].wallet_token


def _money(ask: Ask) -> dict[str, str]:
    return {"amount": in_text(ask.about["amount"]), "currency": ask.about["currency"]}


def in_text(minor: int) -> str:
    """Write hundredths as a decimal number."""
    return f"{minor // 100}.{minor % 100:0{SCALE}d}"
