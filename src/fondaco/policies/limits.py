"""What a limit counts: pure. The counters themselves are the ledger's, and lie in the money's transaction."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from fondaco.identity.types import customer_wire
from fondaco.ledger.types import UsageClaim
from fondaco.money import Asset, Money, Rounding
from fondaco.policies import rates
from fondaco.policies.errors import LimitExceeded
from fondaco.policies.types import Ask, Bound, CountBound, Effective, Selector, Window, minor_of
from fondaco.policies.windows import window_of

AMOUNTS: Final = ("day_max", "month_max", "total_max")
COUNTS: Final = ("day_count", "month_count", "total_count")

Used = Mapping[tuple[str, str], tuple[int, int]]
"""Amount and times by counter and window."""


class Claim(NamedTuple):
    """Join what is counted with the limit that wants it."""

    limit: str
    asset: Asset | None
    """In which amounts are counted; none: times are."""
    resets_at: datetime | None
    usage: UsageClaim

    @property
    def unit(self) -> str:
        """Name what is counted."""
        return "times" if self.asset is None else self.asset.code

    @property
    def allowed(self) -> int:
        """Give the most that may be counted."""
        usage = self.usage
        found = usage.count_max if usage.amount_max is None else usage.amount_max
        return found or 0

    def used(self, counted: Used) -> int:
        """Give what is counted so far."""
        amount, times = counted.get((self.usage.counter, self.usage.window), (0, 0))
        return times if self.usage.amount_max is None else amount

    def passes(self, counted: Used) -> bool:
        """Tell whether it may be counted on top of what is."""
        more = 1 if self.usage.amount_max is None else self.usage.amount
        return self.used(counted) + more <= self.allowed

    def show(self, counted: Used) -> Window:
        """Show the window as it stands."""
        used = self.used(counted)
        left = max(0, self.allowed - used)
        return Window(
            limit=self.limit,
            allowed=self._written(self.allowed),
            used=self._written(used),
            left=self._written(left),
            unit=self.unit,
            resets_at=self.resets_at,
        )

    def _written(self, number: int) -> str:
        return str(number) if self.asset is None else Money(number, self.asset).to_text()


def check_size(ask: Ask, effective: Effective, *, at: datetime) -> None:
    """Pass silently when one operation is neither too small nor too large.

    :raises LimitExceeded: it is
    :raises UsdRateStale: the limit is in dollars, and nobody knows the rate
    """
    for name, bound in (("min", effective.min), ("max", effective.max)):
        if bound is None:
            continue
        rounding = Rounding.DOWN if name == "min" else Rounding.UP
        amount = _in_unit(ask, bound, at=at, rounding=rounding)
        edge = minor_of(bound.amount, amount.asset)
        if (amount.minor < edge) if name == "min" else (amount.minor > edge):
            raise LimitExceeded(
                f"One is at least {bound.to_text()} {_unit(ask, bound)}."
                if name == "min"
                else f"One is at most {bound.to_text()} {_unit(ask, bound)}.",
                facts={"limit": name, "allowed": bound.to_text(), "unit": _unit(ask, bound)},
            )


def claims(
    ask: Ask,
    effective: Effective,
    *,
    at: datetime,
    window_at: datetime | None = None,
    zone: ZoneInfo,
) -> tuple[Claim, ...]:
    """Give what is to be counted for an operation; nothing where no windowed limit applies.

    :param at: when it is valued, and, unless ``window_at`` says otherwise, in whose windows it is counted

    :raises UsdRateStale: a limit is in dollars, and nobody knows the rate
    """
    if not effective.is_windowed:
        return ()
    return tuple(_claims(ask, effective, at, window_at or at, zone))


def refusal(found: tuple[Claim, ...], counted: Used) -> LimitExceeded:
    """Give the refusal for the first limit that would be passed; the tightest, where all seem to hold.

    They do when somebody else has counted since ``counted`` was read.
    """
    broken = next((claim for claim in found if not claim.passes(counted)), None)
    worst = broken or min(found, key=lambda claim: claim.allowed - claim.used(counted))
    shown = worst.show(counted)
    facts: dict[str, Any] = {
        "limit": shown.limit,
        "allowed": shown.allowed,
        "left": shown.left,
        "unit": shown.unit,
    }
    if shown.resets_at is not None:
        facts["resets_at"] = shown.resets_at.isoformat()
    return LimitExceeded(f"{shown.left} {shown.unit} are left of {shown.allowed}.", facts=facts)


def _claims(
    ask: Ask, effective: Effective, at: datetime, window_at: datetime, zone: ZoneInfo
) -> Iterator[Claim]:
    for name in AMOUNTS:
        bound: Bound | None = getattr(effective, name)
        if bound is not None:
            amount = _in_unit(ask, bound, at=at, rounding=Rounding.UP)
            window = window_of(name, at=window_at, zone=zone)
            usage = UsageClaim(
                counter=_counter(ask, bound.selector, "usd" if bound.in_usd else str(amount.asset)),
                window=window.name,
                amount=amount.minor,
                amount_max=minor_of(bound.amount, amount.asset),
            )
            yield Claim(name, amount.asset, window.resets_at, usage)
    for name in COUNTS:
        times: CountBound | None = getattr(effective, name)
        if times is not None:
            window = window_of(name, at=window_at, zone=zone)
            usage = UsageClaim(
                counter=_counter(ask, times.selector, "times"),
                window=window.name,
                amount=0,
                count_max=times.times,
            )
            yield Claim(name, None, window.resets_at, usage)


def _counter(ask: Ask, selector: Selector, unit: str) -> str:
    """Name a counter: all rules about the same things count together, whoever's they are."""
    about = f"{selector.pair}:{selector.currency}:{selector.subtype}"
    return f"policies:{ask.operation}:{customer_wire(ask.customer)}:{about}:{unit}"


def _unit(ask: Ask, bound: Bound) -> str:
    return "USD" if bound.in_usd else ask.amount.asset.code


def _in_unit(ask: Ask, bound: Bound, *, at: datetime, rounding: Rounding) -> Money:
    if not bound.in_usd:
        return ask.amount
    return rates.in_usd(ask.amount, facts=ask.facts, at=at, rounding=rounding)
