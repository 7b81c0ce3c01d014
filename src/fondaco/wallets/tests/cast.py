"""The people of these tests, and short ways to have them act. Every test makes its own."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID, uuid4

from fondaco.identity import actions as identity
from fondaco.identity.states import CustomerKind, StaffRole
from fondaco.identity.types import NewCustomer
from fondaco.kit.access import SYSTEM, Actor
from fondaco.kit.django.idempotency import Answer, Key
from fondaco.kit.errors import DomainError
from fondaco.ledger.types import TransferId
from fondaco.money import Asset, Money
from fondaco.operators.actions import appoint
from fondaco.operators.rights import Right
from fondaco.wallets.actions.charges import charge
from fondaco.wallets.actions.signup import sign_up
from fondaco.wallets.actions.topups import post_top_up
from fondaco.wallets.queries.wallets import get_wallet
from fondaco.wallets.types import (
    Answered,
    Charge,
    ChargeAsk,
    Funding,
    Grounds,
    Once,
    ToppedUp,
    Wallet,
    WalletId,
)

USD: Final = Asset("USD", 2)
EUR: Final = Asset("EUR", 2)
GROUNDS: Final = Grounds(reason="opening balance", evidence="receipt 1")
PASSWORD: Final = "violet-harbour-27-lanterns"


def usd(text: str) -> Money:
    """Give an amount of dollars."""
    return Money.parse(text, USD)


def eur(text: str) -> Money:
    """Give an amount of euros."""
    return Money.parse(text, EUR)


def fresh_key(body: bytes = b"{}", *, name: str | None = None) -> Key:
    """Give a key that nobody has used, unless it is named."""
    return Key.make(scope="tests", operation="test", key=name or str(uuid4()), body=body)


@dataclass(frozen=True, slots=True)
class Person:
    """A customer with one wallet."""

    customer_id: UUID
    wallet_id: WalletId
    token: str
    email: str
    access_token: str
    actor: Actor

    @property
    def wallet(self) -> Wallet:
        """Give the wallet as it is now."""
        return get_wallet(wallet_id=self.wallet_id, customer_id=self.customer_id)

    def available(self, currency: str = "USD") -> str:
        """Give what the wallet has available now, as text."""
        found = {one.total.asset.code: one for one in self.wallet.balances}
        return found[currency].available.to_text() if currency in found else "none"


def new_person(kind: CustomerKind, funds: str = "") -> Person:
    """Sign somebody up, with money where an amount of dollars is given."""
    email = f"{uuid4().hex}@example.com"
    signed_up = sign_up(
        ask=NewCustomer(
            kind=kind,
            password=PASSWORD,
            first_name="Ada",
            last_name="Merchant",
            email=email,
            name=None if kind is CustomerKind.CLIENT else "Merchant and Sons",
        )
    )
    person = Person(
        customer_id=signed_up.registered.customer.id,
        wallet_id=signed_up.wallet.id,
        token=signed_up.wallet.token,
        email=email,
        access_token=signed_up.session.access_token,
        actor=signed_up.registered.user.actor,
    )
    if funds:
        fund(person.wallet_id, usd(funds))
    return person


def new_client(funds: str = "") -> Person:
    """Sign a client up."""
    return new_person(CustomerKind.CLIENT, funds)


def new_company(funds: str = "") -> Person:
    """Sign a company up."""
    return new_person(CustomerKind.COMPANY, funds)


@dataclass(slots=True)
class Ear:
    """Hear what an action through the intake came to, as objects instead of bytes."""

    done: Any = None
    refusal: DomainError | None = None
    answered: Answered | None = field(default=None)

    def once(self, key: Key) -> Once:
        """Give what this ear listens to."""
        return Once(key, self._done, self._refused)

    @property
    def code(self) -> str:
        """Give the refusal's code; ``done`` when there is none."""
        return self.refusal.code if self.refusal else "done"

    def _done(self, result: Charge | ToppedUp) -> Answer:
        self.done = result
        return Answer(201, b'{"ok": true}')

    def _refused(self, error: DomainError) -> Answer:
        self.refusal = error
        return Answer(error.kind.value, f'{{"code": "{error.code}"}}'.encode())


def hear(act: Callable[..., Answered], *, key: Key | None = None, **asked: Any) -> Ear:
    """Run an action through the intake with a fresh key, unless one is given, and hear what came of it."""
    ear = Ear()
    ear.answered = act(**{"by": SYSTEM, **asked}, once=ear.once(key or fresh_key()))
    return ear


def fund(wallet_id: WalletId, amount: Money) -> None:
    """Put money into a wallet."""
    ask = Funding(wallet_id=wallet_id, amount=amount)
    assert hear(post_top_up, ask=ask, grounds=GROUNDS).code == "done"


def take(
    company: Person,
    payer: Person,
    amount: str | Money,
    *,
    key: Key | None = None,
    capture: bool = True,
    summary: str = "",
) -> Ear:
    """Have a company charge somebody's wallet."""
    money = usd(amount) if isinstance(amount, str) else amount
    ask = ChargeAsk(token=payer.token, amount=money, summary=summary, capture=capture)
    return hear(charge, merchant_id=company.customer_id, ask=ask, by=company.actor, key=key)


def charge_id_of(ear: Ear) -> TransferId:
    """Give the identifier of a charge that succeeded."""
    assert isinstance(ear.done, Charge), ear.code
    return ear.done.id


def new_operator(role: StaffRole, *rights: str) -> str:
    """Appoint somebody to the house's own people, and give his access token."""
    link = appoint(
        role=role,
        email=f"{uuid4().hex}@example.com",
        first_name="Olga",
        last_name="Operator",
        rights=frozenset(Right(right) for right in rights),
        by=SYSTEM,
    )
    identity.set_up_operator(token=link.token, password=PASSWORD)
    return identity.open_session(user_id=link.user_id).access_token
