"""What crosses the border of policies: operations, what applies to them, and what was decided."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from fondaco.kit.errors import DomainError
from fondaco.ledger.types import UsageClaim
from fondaco.money import Asset, Money, Rounding

RULE_PREFIX: Final = "rul"
STOP_PREFIX: Final = "stp"
FRAUD_RULE_PREFIX: Final = "frd"
CASE_PREFIX: Final = "rsk"

USD: Final = Asset("USD", 2)
_BPS: Final = 10_000


class Operation(StrEnum):
    """What customers do that policies speak about."""

    DEPOSIT = "deposit"
    WITHDRAWAL = "withdrawal"
    PURCHASE = "purchase"
    EXCHANGE = "exchange"
    FAST_EXCHANGE = "fast_exchange"
    MOVEMENT = "movement"
    CHARGE = "charge"
    TOP_UP = "top_up"
    INVOICE = "invoice"
    FINANCE_REQUEST = "finance_request"
    PORTFOLIO_ORDER = "portfolio_order"


class FeePayer(StrEnum):
    """Who pays the house's fee."""

    CUSTOMER = "customer"
    """Who asks for the operation: who sends, who charges, who buys."""
    COUNTERPARTY = "counterparty"
    """The other side."""


class Buyback(StrEnum):
    """How the house covers what it sold."""

    OFF = "off"
    IMMEDIATE = "immediate"
    NETTED = "netted"


class Verdict(StrEnum):
    """What fraud rules answer; the later word weighs more."""

    ALLOW = "allow"
    HOLD = "hold"
    REFUSE = "refuse"


class StopScope(StrEnum):
    """What a stop stops."""

    ALL = "all"
    OPERATION = "operation"
    CURRENCY = "currency"
    PROVIDER = "provider"
    CUSTOMER = "customer"


@dataclass(frozen=True, slots=True)
class Selector:
    """Say what a rule is about beside its operation; empty: whatever it is."""

    currency: str = ""
    pair: str = ""
    subtype: str = ""
    """A gateway or network."""

    @property
    def narrowness(self) -> tuple[int, bool, bool, bool]:
        """Give how narrow it is: by how much it names, then pair before currency before sub-type."""
        named = (bool(self.pair), bool(self.currency), bool(self.subtype))
        return (sum(named), *named)

    def covers(self, other: "Selector") -> bool:
        """Tell whether what is named here is so in the other."""
        return (
            self.currency in {"", other.currency}
            and self.pair in {"", other.pair}
            and self.subtype in {"", other.subtype}
        )


@dataclass(frozen=True, slots=True)
class Bound:
    """Hold an amount that a rule names, in major units of the operation's currency or of dollars."""

    amount: Decimal
    in_usd: bool
    selector: Selector
    """Of the row that it came from: what is counted together."""

    def to_text(self) -> str:
        """Write the amount as the rule has it."""
        return format(self.amount, "f")


@dataclass(frozen=True, slots=True)
class CountBound:
    """Hold how often something may be done."""

    times: int
    selector: Selector


@dataclass(frozen=True, slots=True, kw_only=True)
class Fee:
    """Hold the house's price; amounts in major units of the operation's currency."""

    bps: int = 0
    fixed: Decimal = Decimal(0)
    min: Decimal | None = None
    max: Decimal | None = None
    payer: FeePayer | None = None
    """None: the operation's own custom."""

    @property
    def is_free(self) -> bool:
        """Tell whether nothing is taken of any amount."""
        return not self.bps and not self.fixed and not self.min

    def of(self, amount: Money) -> Money:
        """Give the fee of an amount: its share, half up, and the fixed part, within minimum and maximum."""
        asset = amount.asset
        if self.is_free:
            return Money.zero(asset)
        fee = amount.share(self.bps, _BPS, rounding=Rounding.HALF_UP).minor
        fee += minor_of(self.fixed, asset)
        if self.min is not None:
            fee = max(fee, minor_of(self.min, asset))
        if self.max is not None:
            fee = min(fee, minor_of(self.max, asset))
        return Money(fee, asset)


FREE: Final = Fee()


@dataclass(frozen=True, slots=True, kw_only=True)
class Effective:
    """Show what applies to one customer's operation: each value from one row, or the platform's own."""

    enabled: bool = True
    reason: str = ""
    min: Bound | None = None
    max: Bound | None = None
    day_max: Bound | None = None
    month_max: Bound | None = None
    total_max: Bound | None = None
    day_count: CountBound | None = None
    month_count: CountBound | None = None
    total_count: CountBound | None = None
    needs_operator: bool = False
    needs_code: bool = False
    """A code by e-mail or from an authenticator confirms it."""
    confirmations: int | None = None
    cancel_allowed: bool = True
    repeat_allowed: bool = True
    auto_convert_to: str = ""
    buyback: Buyback | None = None
    price_markup_bps: int = 0
    fee: Fee = FREE

    @property
    def is_windowed(self) -> bool:
        """Tell whether anything is counted."""
        return any(
            (
                self.day_max,
                self.month_max,
                self.total_max,
                self.day_count,
                self.month_count,
                self.total_count,
            )
        )


NOTHING_SAID: Final = Effective()
"""What applies where no row does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """Tell where one value comes from."""

    field: str
    value: Any
    """As JSON has it; null where no row sets it."""
    source: str
    """The row's wire identifier, or ``platform``."""
    owner: str
    """``platform``, ``default``, ``level``, ``group`` or ``customer``."""


@dataclass(frozen=True, slots=True)
class UsdRate:
    """Tell what one major unit of an asset is worth in dollars, and how old that is."""

    rate: Decimal
    at: datetime
    valid_until: datetime | None = None
    """Until when it may be used; none: as long as the options say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Tell what policies cannot know: they fetch nothing. Empty: unknown."""

    usd: UsdRate | None = None
    device: str = ""
    address: str = ""
    destination: str = ""
    """Where money goes: an address, a card, a wallet; kept as a digest alone."""


NO_FACTS: Final = Facts()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """Say what somebody wants to do."""

    customer: UUID
    operation: Operation
    amount: Money
    pair: str = ""
    subtype: str = ""
    provider: str = ""
    counterparty: UUID | None = None
    codes: tuple[str, ...] = ()
    """Of what else is dealt in, such as shares; a stop of one of them as a currency is in the way."""
    facts: Facts = NO_FACTS

    @property
    def selector(self) -> Selector:
        """Give what rules are chosen by."""
        return Selector(self.amount.asset.code, self.pair, self.subtype)


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Show one window of one limit: what it allows and what is used of it."""

    limit: str
    """The field: ``day_max``, ``month_count`` …"""
    allowed: str
    used: str
    left: str
    unit: str
    """A currency, ``USD`` for what is counted in dollars, or ``times``."""
    resets_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Give what was decided about an operation that may be done."""

    effective: Effective
    fee: Money
    claims: tuple[UsageClaim, ...] = ()
    """What is to be counted; :func:`~fondaco.policies.actions.checking.check` has counted it already."""
    verdict: Verdict = Verdict.ALLOW
    reasons: tuple[str, ...] = ()
    case_id: UUID | None = None
    refusal: Callable[[], DomainError] | None = None
    """What it means when the ledger finds that the claims pass a limit; pure and quick."""

    @property
    def fee_payer(self) -> FeePayer | None:
        """Give who pays the fee; none: the operation's own custom."""
        return self.effective.fee.payer


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Show a row: what it is about, for whom, when, and what it says."""

    id: UUID
    operation: Operation
    selector: Selector
    level: str
    group_id: UUID | None
    customer_id: UUID | None
    priority: int
    starts_at: datetime | None
    ends_at: datetime | None
    values: Mapping[str, Any]
    """As :class:`~fondaco.policies.values.RuleValues` writes them; what it does not say is not in it."""
    note: str = ""
    version: int = 1
    created_at: datetime | None = None

    @property
    def owner(self) -> str:
        """Name whose rule it is."""
        if self.customer_id is not None:
            return "customer"
        if self.group_id is not None:
            return "group"
        return "level" if self.level else "default"

    def holds_at(self, at: datetime) -> bool:
        """Tell whether the row holds at an instant."""
        has_begun = self.starts_at is None or self.starts_at <= at
        return has_begun and (self.ends_at is None or at < self.ends_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """Show what is stopped, why and by whom."""

    id: UUID
    scope: StopScope
    value: str
    reason: str
    set_by: str
    set_at: datetime
    lifted_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """Say which rules beside his own apply to a customer."""

    level: str = ""
    group_id: UUID | None = None


NO_STANDING: Final = Standing()


@dataclass(frozen=True, slots=True, kw_only=True)
class FraudRule:
    """Show a rule that looks for what is suspicious."""

    id: UUID
    name: str
    kind: str
    operation: Operation | None
    """None: all."""
    verdict: Verdict
    parameters: Mapping[str, Any]
    enabled: bool = True
    version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Show something suspicious and what became of it."""

    id: UUID
    state: str
    operation: str
    customer_id: UUID
    amount: Money
    reasons: tuple[str, ...]
    reference: UUID | None
    created_at: datetime
    decided_at: datetime | None
    decided_by: str
    note: str
    rules: tuple[str, ...] = field(default=())
    """Wire identifiers of the rules that spoke."""


def minor_of(amount: Decimal, asset: Asset) -> int:
    """Give an amount of a rule in minor units, what the asset cannot count cut off."""
    return int(amount.scaleb(asset.scale))
