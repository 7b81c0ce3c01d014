"""Sides, people and something to sign; each call makes new ones, since tests share a database."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from fondaco.identity import models as people
from fondaco.identity.states import StaffRole
from fondaco.identity.tests.people import unique
from fondaco.identity.types import customer_wire, user_wire
from fondaco.kit import clock
from fondaco.kit.access import Actor, ActorKind
from fondaco.kit.ids import decode, uuid7
from fondaco.ledger.actions import post
from fondaco.ledger.tests.books import USD, balance, move, open_bank, open_wallet
from fondaco.ledger.types import AccountId
from fondaco.money import Money
from fondaco.signing import actions
from fondaco.signing.effects import Effect, register
from fondaco.signing.types import Approval, Band, Owner, Person, Request, StageRule, Terms


class PayTerms(BaseModel):
    """What tests sign: so much money to one account."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    subject: str
    amount: str
    owners: tuple[str, ...]
    to: str = Field(max_length=40)


@dataclass(frozen=True, slots=True)
class Payment:
    """A kind of its own with its policy, an account that is paid, and what came of refusals."""

    kind: str
    wallet: AccountId
    bank: AccountId
    ended: list[Request]

    @property
    def paid(self) -> int:
        """Give what the account has, in cents."""
        return balance(self.wallet)

    def terms(self, *owners: Owner, amount: str = "100.00", to: str = "ES01") -> dict[str, Any]:
        """Give terms, about something of their own."""
        wires = [customer_wire(owner) if owner else "" for owner in owners or (None,)]
        return {"subject": uuid7().hex, "amount": amount, "owners": wires, "to": to}

    def propose(self, maker: Person, *owners: Owner, amount: str = "100.00") -> Request:
        """Ask for signatures."""
        sides = owners or (maker.owner,)
        return actions.propose(kind=self.kind, terms=self.terms(*sides, amount=amount), maker=maker)


def payment(*bands: Band) -> Payment:
    """Register a payment of its own kind, whose default policy these bands are."""
    made = Payment(f"tests.pay_{uuid7().hex}", open_wallet(), open_bank(), [])

    def terms(shape: PayTerms) -> Terms:
        owners = tuple(decode("cus", owner) if owner else None for owner in shape.owners)
        amount = Money.parse(shape.amount, USD)
        return Terms(subject=shape.subject, amount=amount, owners=owners)

    def run(shape: PayTerms, approval: Approval) -> Mapping[str, Any]:
        (outcome,) = post(
            [move(made.bank, made.wallet, Money.parse(shape.amount, USD).minor)], by=approval.by
        )
        return {"result": outcome.result.value}

    effect = Effect(
        kind=made.kind,
        shape=PayTerms,
        terms=terms,
        run=run,
        ended=made.ended.append,
        bands=bands,
    )
    register(effect)
    return made


def band(*stages: tuple[str, int], **more: Any) -> Band:
    """Give a band for every amount in dollars, unless told."""
    rules = tuple(StageRule(group=group, required=required) for group, required in stages)
    return Band(**{"currency": "USD", "stages": rules, **more})


def side() -> UUID:
    """Make a customer without anybody who may sign."""
    now = clock.now()
    return people.Customer.objects.create(kind="corporate", name="Side", created_at=now).id


def member(owner: UUID, *groups: str) -> Person:
    """Make somebody of a customer who is in these groups."""
    user = people.User.objects.create(username=unique("signer"), created_at=clock.now())
    people.Membership.objects.create(
        user=user,
        customer_id=owner,
        role="supervisor",
        permissions=sorted(groups),
        created_at=clock.now(),
    )
    return Person(user.id, owner, Actor(ActorKind.USER, user_wire(user.id)))


def staff(*groups: str, role: StaffRole = StaffRole.OPERATOR) -> Person:
    """Make one of the house's people who is in these groups."""
    user = people.User.objects.create(
        username=unique("keeper"),
        staff_role=role,
        permissions=sorted(groups),
        created_at=clock.now(),
    )
    return Person(user.id, None, Actor(ActorKind.OPERATOR, user_wire(user.id)))


def sign(request: Request, signer: Person, **more: Any) -> Request:
    """Sign what was shown."""
    return actions.sign(request_id=request.id, digest=request.digest, signer=signer, **more)


def decide(owner: Owner, action: str, *bands: Band) -> None:
    """Have an owner's people sign a policy: two more, who may do nothing else."""
    maker, second = (
        member(owner, "signing:policies") if owner else staff("signing:policies") for _ in range(2)
    )
    sign(actions.propose_policy(action=action, new=bands, maker=maker), second)
