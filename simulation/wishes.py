"""What customers want next, drawn from the seed and from what they believe they have."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from random import Random
from typing import Any, Final

from simulation.model import Ask, Model, World
from simulation.people import Customer
from simulation.requests import Wire

CURRENCIES: Final = ("USD", "EUR")
HOSTILE: Final[Sequence[Any]] = (
    "0",
    "-1",
    "-0.01",
    "0.001",
    "NaN",
    "Infinity",
    "1e400",
    "",
    " 1",
    "1_000",
    "0x10",
    "１",
    "9" * 41,
    "1" + "0" * 500,
    0,
    -1,
    None,
    True,
    [],
    {"amount": "1"},
)
"""Amounts that nobody may send."""
_VALID_FOR_S: Final = (3_600, 86_400, 604_800)
Made = Ask | None


class Wishes:
    """Think of wishes for one tenant's customers."""

    def __init__(
        self, random: Random, customers: Mapping[str, Customer], model: Model, wire: Wire
    ) -> None:
        """Take the generator, who there is, what they may believe, and what they were told."""
        self._random = random
        self._customers = customers
        self._model = model
        self._wire = wire
        self._payers: dict[str, str] = {}
        self._weighted: Sequence[tuple[int, Callable[[str, datetime], Made]]] = (
            (6, self._top_up),
            (16, self._charge),
            (8, self._capture),
            (4, self._void),
            (8, self._refund),
            (10, self._move),
            (6, self._cash_out),
            (3, self._cancel),
            (4, self._request),
            (6, self._answer),
            (2, self._freeze),
        )

    def think(self, tag: str, at: datetime) -> Ask:
        """Give one wish; where nothing fits, somebody tops up."""
        weights = [weight for weight, _ in self._weighted]
        ((_, make),) = self._random.choices(self._weighted, weights)
        return make(tag, at) or self._top_up(tag, at)

    @property
    def _world(self) -> World:
        return self._model.likeliest

    def _anybody(self, *, merchant: bool | None = None, but: str = "") -> Customer | None:
        fitting = [
            one
            for one in self._customers.values()
            if one.wallet_token
            and one.name != but
            and (merchant is None or one.is_merchant is merchant)
        ]
        return self._random.choice(fitting) if fitting else None

    def _somebody(self) -> Customer:
        found = self._anybody()
        assert found is not None
        return found

    def _amount(self, wallet: str, currency: str) -> int:
        """Choose an amount: a small one, or one at the edge of what the wallet has."""
        available = self._world.available(wallet, currency)
        edges = [available, available + 1, available - 1, available // 2, available * 3]
        drawn = self._random.random()
        if drawn < 0.5:  # noqa: PLR2004 - half of all
            return self._random.randint(1, 5_000)
        return max(1, self._random.choice(edges))

    def _money(self, wallet: str) -> dict[str, Any]:
        currency = self._random.choice(CURRENCIES)
        return {"currency": currency, "amount": self._amount(wallet, currency)}

    def _top_up(self, tag: str, at: datetime) -> Ask:
        del at
        who = self._somebody().name
        money = {
            "currency": self._random.choice(CURRENCIES),
            "amount": self._random.randint(1, 100_000),
        }
        return Ask(tag, "top_up", who, {"wallet": who, **money})

    def _charge(self, tag: str, at: datetime) -> Made:
        del at
        merchant = self._anybody(merchant=True)
        payer = self._anybody(but=merchant.name) if merchant else None
        if merchant is None or payer is None:
            return None
        about = {
            "payer": payer.name,
            "payee": merchant.name,
            **self._money(payer.name),
            "holds": self._random.random() < 0.5,  # noqa: PLR2004 - half of all
        }
        return Ask(tag, "charge", merchant.name, about)

    def _known_charge(self, *states: str) -> str | None:
        fitting = [
            tag
            for tag, charge in self._world.charges.items()
            if tag in self._wire.ids and (charge.state in states or self._is_careless())
        ]
        return self._random.choice(fitting[-40:]) if fitting else None

    def _is_careless(self) -> bool:
        return self._random.random() < 0.1  # noqa: PLR2004 - one in ten asks for what cannot be

    def _part(self, whole: int) -> int | None:
        return self._random.choice([None, whole, max(1, whole // 2), whole + 1, 1])

    def _about_charge(self, tag: str, verb: str, name: str | None) -> Made:
        if name is None:
            return None
        charge = self._world.charges[name]
        about: dict[str, Any] = {"charge": name, "currency": charge.currency, "amount": None}
        if verb != "void":
            about["amount"] = self._part(charge.taken or charge.amount)
        return Ask(tag, verb, charge.payee, about)

    def _capture(self, tag: str, at: datetime) -> Made:
        del at
        return self._about_charge(tag, "capture", self._known_charge("held"))

    def _void(self, tag: str, at: datetime) -> Made:
        del at
        return self._about_charge(tag, "void", self._known_charge("held"))

    def _refund(self, tag: str, at: datetime) -> Made:
        del at
        return self._about_charge(tag, "refund", self._known_charge("posted", "captured"))

    def _move(self, tag: str, at: datetime) -> Made:
        del at
        source = self._somebody().name
        target = self._anybody(but=source)
        if target is None:
            return None
        about = {"source": source, "target": target.name, **self._money(source)}
        return Ask(tag, "move", source, about)

    def _cash_out(self, tag: str, at: datetime) -> Ask:
        del at
        who = self._somebody().name
        return Ask(tag, "cash_out", who, {"wallet": who, **self._money(who)})

    def cash_out_to_end(self) -> tuple[str, str] | None:
        """Give a cash-out that somebody may end, with its owner, or none."""
        fitting = [
            (tag, order.wallet)
            for tag, order in self._world.cash_outs.items()
            if tag in self._wire.ids and (order.state == "waiting" or self._is_careless())
        ]
        return self._random.choice(fitting[-20:]) if fitting else None

    def _cancel(self, tag: str, at: datetime) -> Made:
        del at
        found = self.cash_out_to_end()
        return Ask(tag, "cancel", found[1], {"order": found[0]}) if found else None

    def _request(self, tag: str, at: datetime) -> Made:
        del at
        asker = self._somebody().name
        payer = self._anybody(but=asker)
        if payer is None:
            return None
        about = {
            "wallet": asker,
            "payer": payer.name,
            **self._money(payer.name),
            "valid_for_s": self._random.choice(_VALID_FOR_S),
        }
        self._payers[tag] = payer.name
        return Ask(tag, "request", asker, about)

    def _answer(self, tag: str, at: datetime) -> Made:
        known = [
            (name, request)
            for name, request in self._world.requests.items()
            if name in self._wire.ids and (request.state == "asked" or self._is_careless())
        ]
        if not known:
            return None
        name, request = self._random.choice(known[-20:])
        verbs = ["accept"] * 3 + (["decline", "withdraw"] if request.expires_at > at else [])
        verb = self._random.choice(verbs)
        who = request.wallet if verb == "withdraw" else self._payers[name]
        return Ask(tag, verb, who, {"request": name, "wallet": who}, is_keyed=verb == "accept")

    def _freeze(self, tag: str, at: datetime) -> Ask:
        del at
        frozen = sorted(self._world.frozen)
        if frozen and self._random.random() < 0.8:  # noqa: PLR2004 - nobody stays frozen for long
            who, verb = self._random.choice(frozen), "unfreeze"
        else:
            who, verb = self._somebody().name, "freeze"
        return Ask(tag, verb, who, {"wallet": who}, is_keyed=False)

    def hostile(self, wallet: str) -> tuple[str, Any]:
        """Give a path and a body with an amount that nobody may send."""
        amount = self._random.choice(HOSTILE)
        body = {"amount": amount, "currency": self._random.choice(CURRENCIES)}
        return self._random.choice(
            [
                (f"/wallets/{wallet}/top-ups", body),
                ("/charges", {**body, "wallet": wallet}),
                ("/internal-movements", {**body, "recipient": {"wallet": wallet}}),
                (f"/wallets/{wallet}/cash-outs", {**body, "destination": "an envelope"}),
            ]
        )
