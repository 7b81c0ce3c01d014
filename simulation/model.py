"""A naive second writing of what wallets do, that hears only what customers hear.

Whoever gets no answer does not know whether it was done. So the model keeps every world that is still
possible: one in which it was done and one in which it was not. Answers and balances rule worlds out; when
none is left, the platform contradicts itself.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import permutations
from typing import Any, Final, NamedTuple

DONE: Final = "done"
REMEMBERED_MAX: Final = 300
"""Answers that a world keeps for customers, who retry nothing older; a bank repeats itself for ever."""

HOLD: Final = timedelta(days=7)
"""How long an authorised charge can be captured."""

Pocket = tuple[str, str]
"""A wallet and a currency."""


@dataclass(frozen=True, slots=True)
class Ask:
    """Say what somebody wants; ``tag`` is its key, and the summary by which the books are searched."""

    tag: str
    verb: str
    who: str
    about: Mapping[str, Any] = field(default_factory=dict)
    is_keyed: bool = True

    def __str__(self) -> str:
        """Write it for the trace."""
        told = " ".join(f"{name}={value}" for name, value in self.about.items())
        return f"{self.tag} {self.who} {self.verb} {told}".strip()


class Charge(NamedTuple):
    """A charge as merchants see it."""

    payer: str
    payee: str
    currency: str
    amount: int
    state: str
    taken: int
    expires_at: datetime | None
    refunded: int = 0


class CashOut(NamedTuple):
    """An order to pay out."""

    wallet: str
    currency: str
    amount: int
    state: str


class Request(NamedTuple):
    """A request for payment."""

    wallet: str
    currency: str
    amount: int
    expires_at: datetime
    state: str


@dataclass(slots=True)
class World:
    """One state in which everything may be."""

    posted: dict[Pocket, int] = field(default_factory=dict)
    held: dict[Pocket, int] = field(default_factory=dict)
    frozen: set[str] = field(default_factory=set)
    charges: dict[str, Charge] = field(default_factory=dict)
    cash_outs: dict[str, CashOut] = field(default_factory=dict)
    requests: dict[str, Request] = field(default_factory=dict)
    answers: dict[str, str] = field(default_factory=dict)
    deposits: dict[str, str] = field(default_factory=dict)
    """Answers to what the bank asked for, by its references."""

    def copy(self) -> "World":
        """Give a world that may go its own way."""
        return World(
            dict(self.posted),
            dict(self.held),
            set(self.frozen),
            dict(self.charges),
            dict(self.cash_outs),
            dict(self.requests),
            dict(self.answers),
            dict(self.deposits),
        )

    def remembered(self, ask: Ask) -> dict[str, str]:
        """Give the answers among which that to an ask is kept."""
        return self.deposits if ask.verb == "credit" else self.answers

    def available(self, wallet: str, currency: str) -> int:
        """Give what a wallet may spend."""
        pocket = wallet, currency
        return self.posted.get(pocket, 0) - self.held.get(pocket, 0)

    def move(self, source: str | None, target: str | None, currency: str, amount: int) -> None:
        """Move money between wallets; none stands for the house's outside."""
        for wallet, change in ((source, -amount), (target, amount)):
            if wallet is not None:
                pocket = wallet, currency
                self.posted[pocket] = self.posted.get(pocket, 0) + change

    def hold(self, wallet: str, currency: str, amount: int) -> None:
        """Reserve money, or release it where the amount is negative."""
        pocket = wallet, currency
        self.held[pocket] = self.held.get(pocket, 0) + amount

    def balances(self) -> dict[Pocket, tuple[int, int]]:
        """Give what is posted and held, without empty pockets."""
        pockets = {*self.posted, *self.held}
        found = {one: (self.posted.get(one, 0), self.held.get(one, 0)) for one in pockets}
        return {one: amounts for one, amounts in found.items() if amounts != (0, 0)}


class Contradiction(Exception):
    """Say what no possible world explains."""


class Model:
    """All worlds that agree with what was heard and seen."""

    def __init__(self) -> None:
        """Begin with one empty world."""
        self.worlds = [World()]

    def hear(self, together: Sequence[tuple[Ask, str | None]], at: datetime) -> None:
        """Take answers to what was asked at the same time; none where there was no answer.

        :raises Contradiction: in no world, and in no order, these are the answers
        """
        after: list[World] = []
        for order in permutations(together) if len(together) > 1 else [tuple(together)]:
            for world in self.worlds:
                after += _walk(world, order, at)
        if not after:
            expected = sorted({perform(w, ask, at)[0] for w in self.worlds for ask, _ in together})
            told = ", ".join(f"“{ask}” was answered {code}" for ask, code in together)
            raise Contradiction(f"{told}; the model expects {' or '.join(expected)}")
        self.worlds = _distinct(after)

    def see(self, balances: Mapping[Pocket, tuple[int, int]]) -> None:
        """Take what the books say that wallets hold.

        :raises Contradiction: in no world they hold that
        """
        fitting = [world for world in self.worlds if world.balances() == balances]
        if not fitting:
            raise Contradiction(_difference(self.worlds[0].balances(), balances))
        self.worlds = fitting

    @property
    def likeliest(self) -> World:
        """Give one of the worlds, for customers to choose from what they believe they have."""
        return self.worlds[0]


def perform(world: World, ask: Ask, at: datetime) -> tuple[str, World]:
    """Give the answer that a world gives, and the world after it."""
    if ask.is_keyed and ask.tag in world.remembered(ask):
        return world.remembered(ask)[ask.tag], world
    after = world.copy()
    code = _RULES[ask.verb](after, ask, at)
    if code != DONE:
        after = world.copy()
    if ask.is_keyed:
        after.remembered(ask)[ask.tag] = code
        while len(after.answers) > REMEMBERED_MAX:
            del after.answers[next(iter(after.answers))]
    return code, after


def _walk(world: World, asks: Iterable[tuple[Ask, str | None]], at: datetime) -> list[World]:
    """Give the worlds that may follow when the asks are performed in this order."""
    worlds = [world]
    for ask, heard in asks:
        following = []
        for one in worlds:
            code, after = perform(one, ask, at)
            if heard is None:
                following += [one, after]
            elif code == heard:
                following.append(after)
        worlds = following
    return worlds


def _distinct(worlds: list[World]) -> list[World]:
    found: list[World] = []
    for world in worlds:
        if world not in found:
            found.append(world)
    return found


def _difference(
    expected: Mapping[Pocket, tuple[int, int]], seen: Mapping[Pocket, tuple[int, int]]
) -> str:
    wrong = sorted(one for one in {*expected, *seen} if expected.get(one) != seen.get(one))
    return "; ".join(
        f"{wallet} {currency}: the books say {seen.get((wallet, currency), (0, 0))} (posted, held), "
        f"the model {expected.get((wallet, currency), (0, 0))}"
        for wallet, currency in wrong
    )


# --- the rules, one for each verb: they change the world and answer; a refusal's changes are thrown away ----
def _top_up(world: World, ask: Ask, at: datetime) -> str:
    del at
    wallet = ask.about["wallet"]
    if wallet in world.frozen:
        return "wallet_frozen"
    world.move(None, wallet, ask.about["currency"], ask.about["amount"])
    return DONE


def _spend(world: World, source: str, target: str | None, currency: str, amount: int) -> str:
    """Check what every payment needs."""
    if source in world.frozen or target in world.frozen:
        return "wallet_frozen"
    if world.available(source, currency) < amount:
        return "insufficient_funds"
    return DONE


def _charge(world: World, ask: Ask, at: datetime) -> str:
    payer, payee = ask.about["payer"], ask.about["payee"]
    currency, amount = ask.about["currency"], ask.about["amount"]
    code = _spend(world, payer, payee, currency, amount)
    if code == DONE and ask.about["holds"]:
        world.hold(payer, currency, amount)
        world.charges[ask.tag] = Charge(payer, payee, currency, amount, "held", 0, at + HOLD)
    elif code == DONE:
        world.move(payer, payee, currency, amount)
        world.charges[ask.tag] = Charge(payer, payee, currency, amount, "posted", amount, None)
    return code


def _capture(world: World, ask: Ask, at: datetime) -> str:
    charge = world.charges[ask.about["charge"]]
    amount = ask.about["amount"] or charge.amount
    if charge.state == "posted":
        return "hold_ended"
    if charge.payer in world.frozen or charge.payee in world.frozen:
        return "wallet_frozen"
    if charge.state != "held" or (charge.expires_at is not None and charge.expires_at <= at):
        return "hold_ended"
    if amount > charge.amount:
        return "exceeds_hold"
    world.hold(charge.payer, charge.currency, -charge.amount)
    world.move(charge.payer, charge.payee, charge.currency, amount)
    world.charges[ask.about["charge"]] = charge._replace(state="captured", taken=amount)
    return DONE


def _void(world: World, ask: Ask, at: datetime) -> str:
    del at
    charge = world.charges[ask.about["charge"]]
    if charge.state != "held":
        return "hold_ended"
    world.hold(charge.payer, charge.currency, -charge.amount)
    world.charges[ask.about["charge"]] = charge._replace(state="voided")
    return DONE


def _refund(world: World, ask: Ask, at: datetime) -> str:
    del at
    charge = world.charges[ask.about["charge"]]
    if not charge.taken:
        return "not_captured"
    amount = ask.about["amount"] or charge.taken
    code = _spend(world, charge.payee, charge.payer, charge.currency, amount)
    if code != DONE:
        return code
    if charge.refunded + amount > charge.taken:
        return "exceeds_charge"
    world.move(charge.payee, charge.payer, charge.currency, amount)
    world.charges[ask.about["charge"]] = charge._replace(refunded=charge.refunded + amount)
    return DONE


def _move(world: World, ask: Ask, at: datetime) -> str:
    del at
    about = ask.about
    code = _spend(world, about["source"], about["target"], about["currency"], about["amount"])
    if code == DONE:
        world.move(about["source"], about["target"], about["currency"], about["amount"])
    return code


def _cash_out(world: World, ask: Ask, at: datetime) -> str:
    del at
    wallet, currency, amount = (ask.about[name] for name in ("wallet", "currency", "amount"))
    code = _spend(world, wallet, None, currency, amount)
    if code == DONE:
        world.hold(wallet, currency, amount)
        world.cash_outs[ask.tag] = CashOut(wallet, currency, amount, "waiting")
    return code


def _end_cash_out(world: World, ask: Ask, at: datetime) -> str:
    del at
    order = world.cash_outs[ask.about["order"]]
    if order.state != "waiting":
        return "illegal_move"
    if ask.verb == "confirm":
        if order.wallet in world.frozen:
            return "wallet_frozen"
        world.move(order.wallet, None, order.currency, order.amount)
    world.hold(order.wallet, order.currency, -order.amount)
    world.cash_outs[ask.about["order"]] = order._replace(state="ended")
    return DONE


def _request(world: World, ask: Ask, at: datetime) -> str:
    about = ask.about
    expires_at = at + timedelta(seconds=about["valid_for_s"])
    world.requests[ask.tag] = Request(
        about["wallet"], about["currency"], about["amount"], expires_at, "asked"
    )
    return DONE


def _answer_request(world: World, ask: Ask, at: datetime) -> str:
    request = world.requests[ask.about["request"]]
    if request.state != "asked" or request.expires_at <= at:
        return "request_over"
    if ask.verb == "accept":
        source, target = ask.about["wallet"], request.wallet
        code = _spend(world, source, target, request.currency, request.amount)
        if code != DONE:
            return code
        world.move(source, target, request.currency, request.amount)
    world.requests[ask.about["request"]] = request._replace(state="ended")
    return DONE


def _freeze(world: World, ask: Ask, at: datetime) -> str:
    del at
    if ask.verb == "freeze":
        world.frozen.add(ask.about["wallet"])
    else:
        world.frozen.discard(ask.about["wallet"])
    return DONE


def _expire(world: World, ask: Ask, at: datetime) -> str:
    del ask
    for tag, charge in list(world.charges.items()):
        if charge.state == "held" and charge.expires_at is not None and charge.expires_at <= at:
            world.hold(charge.payer, charge.currency, -charge.amount)
            world.charges[tag] = charge._replace(state="expired")
    return DONE


def _nothing(world: World, ask: Ask, at: datetime) -> str:
    """Do what moves no money: other jobs, and notices of the bank."""
    del world, ask, at
    return DONE


_RULES: Final[Mapping[str, Callable[[World, Ask, datetime], str]]] = {
    "top_up": _top_up,
    "credit": _top_up,
    "charge": _charge,
    "capture": _capture,
    "void": _void,
    "refund": _refund,
    "move": _move,
    "cash_out": _cash_out,
    "cancel": _end_cash_out,
    "confirm": _end_cash_out,
    "reject": _end_cash_out,
    "request": _request,
    "accept": _answer_request,
    "decline": _answer_request,
    "withdraw": _answer_request,
    "freeze": _freeze,
    "unfreeze": _freeze,
    "expire_holds": _expire,
    "job": _nothing,
}
