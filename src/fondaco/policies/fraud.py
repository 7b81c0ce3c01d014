"""What fraud rules look for: one function for each kind, and the shape of its parameters.

Each gives the reason why it speaks, in words for operators, or nothing. They look at traces, which are
written for the operations that any rule is about, and are dropped after ``FONDACO_RETENTION_RISK_DAYS``.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from django.db.models import Q, QuerySet, Sum
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from fondaco.identity import queries as identity
from fondaco.kit.access import Actor
from fondaco.kit.django.keys import keyed_digest
from fondaco.kit.errors import InvalidField
from fondaco.policies import models
from fondaco.policies.types import Ask, FraudRule, Operation, Verdict, minor_of

INCOMING: Final = frozenset(
    {Operation.CHARGE, Operation.DEPOSIT, Operation.TOP_UP, Operation.INVOICE}
)
"""In these the customer receives; in all others money leaves him."""
_FROM_OUTSIDE: Final = (Operation.DEPOSIT.value, Operation.TOP_UP.value)
_PER_CENT: Final = 100

Seconds = Annotated[int, Field(ge=1, le=366 * 86_400)]
Share = Annotated[int, Field(ge=1, le=1000, description="Per cent.")]
Amount = Annotated[Decimal, Field(gt=0, max_digits=39, decimal_places=18, allow_inf_nan=False)]
Code = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9]{1,15}(\.[A-Z0-9]{1,15})?$")]


class _Parameters(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Velocity(_Parameters):
    """Speak when a customer does it too often."""

    window_s: Seconds
    count_max: Annotated[int, Field(ge=0, le=10**6)]


class Volume(_Parameters):
    """Speak when a customer moves too much of a currency."""

    window_s: Seconds
    currency: Code
    sum_max: Amount


class NewDestination(_Parameters):
    """Speak when money goes where the customer never sent any, from an amount on."""

    currency: Code | None = None
    amount_min: Amount | None = None


class Shared(_Parameters):
    """Speak when many customers have one device or address, or send to one destination."""

    what: Literal["device", "address", "destination"]
    window_s: Seconds
    customers_max: Annotated[int, Field(ge=1, le=10**6)]


class UnusualAmount(_Parameters):
    """Speak when an amount is many times what the customer's own are on average."""

    window_s: Seconds
    factor: Annotated[int, Field(ge=2, le=10_000)]
    history_min: Annotated[int, Field(ge=1, le=10_000)] = 3


class RoundTrip(_Parameters):
    """Speak when what came a while ago goes back: to who sent it, or out of the house."""

    window_s: Seconds
    share_min: Share = 80


@dataclass(frozen=True, slots=True)
class Attempt:
    """Hold what a rule looks at; what somebody gave as text is here as a digest."""

    ask: Ask
    at: datetime
    device: bytes | None
    address: bytes | None
    destination: bytes | None

    def since(self, window_s: int) -> datetime:
        """Give where a window begins."""
        return self.at - timedelta(seconds=window_s)

    def own(self) -> "QuerySet[models.Trace]":
        """Give what the customer did before with the same operation."""
        return models.Trace.objects.filter(
            customer_id=self.ask.customer, operation=self.ask.operation.value
        )


def attempt_of(ask: Ask, *, by: Actor, at: datetime) -> Attempt:
    """Give what rules look at; where nobody tells the address, it is that of the person's device."""
    facts = ask.facts
    address = facts.address or identity.find_address(session_id=by.session_id)
    return Attempt(
        ask,
        at,
        _digest("device", facts.device),
        _digest("address", address),
        _digest("destination", facts.destination),
    )


def trace(attempt: Attempt) -> None:
    """Write down what is attempted, for later looks."""
    ask = attempt.ask
    models.Trace.objects.create(
        at=attempt.at,
        customer_id=ask.customer,
        operation=ask.operation.value,
        asset=str(ask.amount.asset),
        amount_minor=ask.amount.minor,
        counterparty_id=ask.counterparty,
        destination=attempt.destination,
        device=attempt.device,
        address=attempt.address,
    )


def fingerprint(attempt: Attempt) -> bytes:
    """Give a digest of who does what with whom."""
    ask = attempt.ask
    parts = (ask.customer, ask.operation, ask.amount.asset, ask.counterparty, ask.facts.destination)
    return keyed_digest("policies.case", "|".join(str(part or "") for part in parts))


def speak(rules: tuple[FraudRule, ...], attempt: Attempt) -> Iterator[tuple[FraudRule, str]]:
    """Go through the rules that have something to say, with their reasons."""
    for rule in rules:
        kind = KINDS[rule.kind]
        reason = kind.look(kind.shape.model_validate(rule.parameters), attempt)
        if reason:
            yield rule, reason


def read_parameters(*, kind: str, raw: Mapping[str, Any]) -> dict[str, Any]:
    """Give a rule's parameters as they are stored.

    :raises InvalidField: there is no such kind, or it takes other parameters
    """
    known = KINDS.get(kind)
    if known is None:
        raise InvalidField("There is no such kind of rule.", field="kind")
    try:
        return known.shape.model_validate(raw).model_dump(mode="json", exclude_none=True)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise InvalidField(first["msg"], field=f"parameters.{place}".rstrip(".")) from None


def worst(found: list[tuple[FraudRule, str]]) -> Verdict:
    """Give the gravest of the answers."""
    order = list(Verdict)
    return max((rule.verdict for rule, _ in found), key=order.index, default=Verdict.ALLOW)


def _digest(what: str, text: str) -> bytes | None:
    return keyed_digest(f"policies.{what}", text) if text else None


def _velocity(rule: Velocity, attempt: Attempt) -> str:
    done = attempt.own().filter(at__gt=attempt.since(rule.window_s)).count()
    if done + 1 <= rule.count_max:
        return ""
    return f"{done + 1} times within {rule.window_s} s, more than {rule.count_max}"


def _volume(rule: Volume, attempt: Attempt) -> str:
    amount = attempt.ask.amount
    if amount.asset.code != rule.currency:
        return ""
    before = attempt.own().filter(at__gt=attempt.since(rule.window_s), asset=str(amount.asset))
    total = int(before.aggregate(total=Sum("amount_minor"))["total"] or 0) + amount.minor
    if total <= minor_of(rule.sum_max, amount.asset):
        return ""
    return f"more than {rule.sum_max:f} {rule.currency} within {rule.window_s} s"


def _new_destination(rule: NewDestination, attempt: Attempt) -> str:
    amount = attempt.ask.amount
    if attempt.destination is None or rule.currency not in {None, amount.asset.code}:
        return ""
    if rule.amount_min is not None and amount.minor < minor_of(rule.amount_min, amount.asset):
        return ""
    known = models.Trace.objects.filter(
        customer_id=attempt.ask.customer, destination=attempt.destination
    )
    return "" if known.exists() else "the first time to this destination"


def _shared(rule: Shared, attempt: Attempt) -> str:
    value = getattr(attempt, rule.what)
    if value is None:
        return ""
    others = models.Trace.objects.filter(
        Q(**{rule.what: value}), ~Q(customer_id=attempt.ask.customer)
    ).filter(at__gt=attempt.since(rule.window_s))
    count = others.values("customer_id").distinct().count() + 1
    if count <= rule.customers_max:
        return ""
    return f"{count} customers with one {rule.what}, more than {rule.customers_max}"


def _unusual_amount(rule: UnusualAmount, attempt: Attempt) -> str:
    amount = attempt.ask.amount
    before = attempt.own().filter(at__gt=attempt.since(rule.window_s), asset=str(amount.asset))
    amounts = [int(one) for one in before.values_list("amount_minor", flat=True)[:10_000]]
    if len(amounts) < rule.history_min or amount.minor * len(amounts) <= sum(amounts) * rule.factor:
        return ""
    return f"more than {rule.factor} times the customer's average"


def _round_trip(rule: RoundTrip, attempt: Attempt) -> str:
    ask = attempt.ask
    came = models.Trace.objects.filter(
        _back(ask), at__gt=attempt.since(rule.window_s), asset=str(ask.amount.asset)
    )
    total = int(came.aggregate(total=Sum("amount_minor"))["total"] or 0)
    if not total or total * _PER_CENT < ask.amount.minor * rule.share_min:
        return ""
    return f"it goes back where it came from within {rule.window_s} s"


def _back(ask: Ask) -> Q:
    """Choose what came the other way: from the one who receives now, or from outside the house."""
    incoming = [operation.value for operation in INCOMING]
    if ask.counterparty is None:
        return Q(customer_id=ask.customer, operation__in=_FROM_OUTSIDE) & Q(
            pk__isnull=ask.operation in INCOMING
        )
    sender: UUID = ask.counterparty if ask.operation in INCOMING else ask.customer
    receiver: UUID = ask.customer if ask.operation in INCOMING else ask.counterparty
    got = Q(customer_id=sender, counterparty_id=receiver, operation__in=incoming)
    sent = Q(customer_id=receiver, counterparty_id=sender) & ~Q(operation__in=incoming)
    return got | sent


@dataclass(frozen=True, slots=True)
class Kind:
    """Join the parameters of a kind with its look."""

    shape: type[_Parameters]
    look: Callable[[Any, Attempt], str]


KINDS: Final[Mapping[str, Kind]] = {
    "velocity": Kind(Velocity, _velocity),
    "volume": Kind(Volume, _volume),
    "new_destination": Kind(NewDestination, _new_destination),
    "shared": Kind(Shared, _shared),
    "unusual_amount": Kind(UnusualAmount, _unusual_amount),
    "round_trip": Kind(RoundTrip, _round_trip),
}
ROUND_TRIP: Final = "round_trip"
"""A rule of this kind needs the traces of every operation."""
