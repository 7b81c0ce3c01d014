"""Advise how money is best spread; what was advised, and of what it was made, is kept as it was.

The mathematics behind it are loaded with the first advice: most processes never give one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import structlog
from django.db import transaction

from fondaco import __version__
from fondaco.audit import actions as audit
from fondaco.instruments.queries.instruments import find_instruments
from fondaco.instruments.queries.prices import get_rates
from fondaco.investing import models
from fondaco.investing.actions.quotes import held_quantities
from fondaco.investing.errors import NoCash, SumTooSmall
from fondaco.investing.events import AdviceGiven
from fondaco.investing.fees import fee_of
from fondaco.investing.plan import Good, Plan, spread
from fondaco.investing.queries.advice import describe_advice, find_accepted
from fondaco.investing.queries.settings import get_settings
from fondaco.investing.states import TradeMode
from fondaco.investing.types import Advice, AdviceAsk, PortfolioSettings
from fondaco.kit import clock
from fondaco.kit.access import Actor
from fondaco.kit.django import events
from fondaco.kit.django.metrics import count_advice
from fondaco.kit.ids import encode, uuid7
from fondaco.kit.options import options
from fondaco.ledger import queries as books
from fondaco.money import Asset, Money
from fondaco.quant.allocation import PARTS, BadAllocation
from fondaco.quant.parts import exact_parts, figure, to_parts
from fondaco.quant.scale import level_of, risk_of
from fondaco.vendors.advisor.client import AdvisorFailed, ask_advisor
from fondaco.vendors.advisor.contract import VERSION
from fondaco.wallets.queries.accounts import list_customer_accounts
from fondaco.wallets.types import CUSTOMER

if TYPE_CHECKING:
    from fondaco.investing.queries.market import View
    from fondaco.quant.report import Report

_MARKET: Final = "fondaco.investing.queries.market"

BUILT_IN: Final = "fondaco"
RISK_DEFAULT: Final = 50

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Choice:
    """Hold who chose which parts."""

    engine: str
    version: str
    parts: Mapping[str, int]
    """Of a million, by symbol; what is missing is cash."""
    fallback: str = ""


def give_advice(*, customer_id: UUID, ask: AdviceAsk, by: Actor) -> Advice:
    """Advise a customer; a service outside is asked first where there is one, in no transaction.

    :raises NoCash: he names no sum, and none of his wallets holds anything
    :raises UnknownInstrument: he names an asset that is not known here
    :raises AdviceUnavailable: fewer than two assets have enough prices
    :raises SumTooSmall: the sum does not even pay the fee
    """
    at = clock.now()
    settings = get_settings(customer_id=customer_id)
    cash = fullest_wallet(customer_id=customer_id, currency=settings.currency)
    total = ask.total or cash
    if not total.is_positive:
        raise NoCash(field="sum")
    known = find_instruments(symbols=ask.symbols, field="assets")
    symbols = sorted({one.symbol for one in known.values()})
    market = import_module(_MARKET)
    view: View = market.get_view(currency=total.asset, symbols=symbols, at=at)
    accepted = find_accepted(customer_id=customer_id) if ask.risk is None else None
    risk = ask.risk if ask.risk is not None else (accepted.risk if accepted else RISK_DEFAULT)
    advice_id = uuid7()
    held = held_quantities(customer_id=customer_id)
    choice = _choose(view, ask, settings, total, held, risk=risk, request_id=str(advice_id))
    told = view.report_on(choice.parts, riskless=_riskless())
    if choice.engine == BUILT_IN:
        level = level_of(risk)
    else:
        level = view.level_near(told.volatility)
        risk = risk if ask.risk is not None else risk_of(level)
    row = models.Advice(
        id=advice_id,
        customer_id=customer_id,
        engine=choice.engine,
        engine_version=choice.version,
        fallback=choice.fallback,
        risk=risk,
        level=level,
        currency=str(total.asset),
        total_minor=total.minor,
        inputs=_inputs(view, ask, settings, held),
        answer=_answer(customer_id, view, choice, told, total, cash),
        created_at=at,
        expires_at=at + timedelta(seconds=options().advice_lives_s),
    )
    return _keep(row, by=by)


def fullest_wallet(*, customer_id: UUID, currency: Asset) -> Money:
    """Give the most that a single wallet of a customer has available in a currency."""
    owned = [
        account
        for account, place in list_customer_accounts(customer_id=customer_id).items()
        if place.currency == currency.code
    ]
    found = books.get_accounts(owned).values()
    return max((one.available for one in found), default=Money.zero(currency))


def _choose(
    view: "View",
    ask: AdviceAsk,
    settings: PortfolioSettings,
    total: Money,
    held: Mapping[str, int],
    *,
    risk: int,
    request_id: str,
) -> _Choice:
    """Ask the service outside, if there is one, else or where it fails the engine of the house."""
    chosen = options()
    fallback = ""
    if chosen.advice_url:
        body = _question(view, ask, settings, total, held, request_id=request_id)
        try:
            answer = ask_advisor(
                chosen=chosen, request_id=request_id, body=body, symbols=view.symbols
            )
        except AdvisorFailed as error:
            fallback = error.code
            log.warning("investing.advisor.failed", code=error.code)
        else:
            count_advice(engine="outside", outcome="used")
            return _Choice("outside", answer.model, exact_parts(answer.weights))
    count_advice(engine="built_in", outcome=fallback or "used")
    level = view.levels[level_of(risk) - 1]
    parts = to_parts([*level.weights, level.cash])[:-1]
    named = dict(zip(view.symbols, parts, strict=True))
    kept = {symbol: part for symbol, part in named.items() if part}
    return _Choice(BUILT_IN, __version__, kept, fallback)


def _question(
    view: "View",
    ask: AdviceAsk,
    settings: PortfolioSettings,
    total: Money,
    held: Mapping[str, int],
    *,
    request_id: str,
) -> Mapping[str, Any]:
    """Write what is sent; the service knows the customer by his reference there, and by nothing else."""
    told: dict[str, Any] = {
        "version": VERSION,
        "request_id": request_id,
        "customer_ref": settings.advisor_ref,
        "currency": total.asset.code,
        "sum": total.to_text(),
        "universe": [
            {
                "symbol": one.symbol,
                "currency": one.currency.code,
                "price": format(view.quoted[one.symbol].close, "f"),
                "priced_on": view.quoted[one.symbol].day.isoformat(),
            }
            for one in view.instruments
        ],
        "holdings": [
            {"symbol": one.symbol, "quantity": Money(held[one.symbol], one.asset).to_text()}
            for one in view.instruments
            if one.symbol in held
        ],
    }
    if ask.risk is not None:
        told["risk"] = ask.risk
    return told


def _inputs(
    view: "View", ask: AdviceAsk, settings: PortfolioSettings, held: Mapping[str, int]
) -> Mapping[str, Any]:
    return {
        "risk_asked": ask.risk,
        "sum_asked": ask.total.to_text() if ask.total else None,
        "assets_asked": list(ask.symbols),
        "advisor_ref": settings.advisor_ref,
        "universe": view.symbols,
        "prices": {
            symbol: {
                "close": format(view.quoted[symbol].close, "f"),
                "day": view.quoted[symbol].day.isoformat(),
                "source": view.quoted[symbol].source.name,
                "row": view.quoted[symbol].id,
            }
            for symbol in view.symbols
        },
        "history": {
            "from": view.days[0].isoformat(),
            "to": view.days[-1].isoformat(),
            "days": len(view.days),
        },
        "riskless": figure(_riskless()),
        "held": dict(held),
    }


def _answer(
    customer_id: UUID, view: "View", choice: _Choice, told: "Report", total: Money, cash: Money
) -> Mapping[str, Any]:
    wanted, plan = _allocate(customer_id, view, choice, total)
    costs = {one.symbol: one.cash for one in plan.trades}
    brought = dict(zip(view.symbols, told.contributions, strict=True))
    assets = [
        {
            "symbol": one.symbol,
            "parts": choice.parts[one.symbol],
            "quantity": Money(wanted[one.symbol], one.asset).to_text(),
            "cost": Money(costs.get(one.symbol, 0), total.asset).to_text(),
            "risk_part": figure(brought[one.symbol]),
        }
        for one in view.instruments
        if one.symbol in choice.parts
    ]
    rest = total.minor - plan.bought - plan.fee
    at_risk = Money(int(told.value_at_risk * PARTS) * total.minor // PARTS, total.asset)
    return {
        "parts": dict(choice.parts),
        "cash_parts": PARTS - sum(choice.parts.values()),
        "assets": sorted(assets, key=lambda one: (-int(str(one["parts"])), one["symbol"])),
        "fee": Money(plan.fee, total.asset).to_text(),
        "rest": Money(rest, total.asset).to_text(),
        "metrics": {
            "rate_of_return": figure(told.mean),
            "volatility": figure(told.volatility),
            "value_at_risk": figure(told.value_at_risk),
            "value_at_risk_sum": at_risk.to_text(),
            "expected_shortfall": figure(told.expected_shortfall),
            "sharpe": figure(told.sharpe),
            "drawdown": figure(told.drawdown),
        },
        "frontier": [
            {
                "level": one.level,
                "name": one.name,
                "rate_of_return": figure(one.mean),
                "volatility": figure(one.volatility),
            }
            for one in view.levels
        ],
        "here": {"rate_of_return": figure(told.mean), "volatility": figure(told.volatility)},
        "warnings": _warnings(view, choice, total, cash),
    }


def _allocate(
    customer_id: UUID, view: "View", choice: _Choice, total: Money
) -> tuple[Mapping[str, int], Plan]:
    codes = {one.currency.code for one in view.instruments}
    rates = get_rates(currencies=codes, to=total.asset.code, at=clock.now())
    goods = {
        one.symbol: Good(
            symbol=one.symbol,
            price=(view.quoted[one.symbol].close * rates[one.currency.code]).scaleb(
                total.asset.scale - one.asset.scale
            ),
            step=one.step,
        )
        for one in view.instruments
        if one.symbol in choice.parts
    }
    try:
        return spread(
            total=total.minor,
            parts=choice.parts,
            held={},
            goods=goods,
            mode=TradeMode.NET,
            fee=fee_of(customer_id=customer_id, currency=total.asset),
        )
    except BadAllocation:
        raise SumTooSmall(field="sum") from None


def _warnings(view: "View", choice: _Choice, total: Money, cash: Money) -> Sequence[str]:
    found = ["paper_execution", "past_is_no_promise"]
    if choice.fallback:
        found.append("fallback_engine")
    if any(view.quoted[symbol].source.shifted_days for symbol in choice.parts):
        found.append("dates_are_shifted")
    if total.asset != cash.asset or total > cash:
        found.append("sum_exceeds_cash")
    if max(choice.parts.values(), default=0) * 4 > PARTS:
        found.append("concentrated")
    return found


def _keep(row: models.Advice, *, by: Actor) -> Advice:
    with transaction.atomic():
        row.save(force_insert=True)
        advice = describe_advice(row)
        audit.record(
            by=by,
            action="investing.advice.give",
            subject=advice.wire_id,
            detail={"engine": row.engine, "fallback": row.fallback},
        )
        events.publish(
            AdviceGiven(
                advice=advice.wire_id,
                customer=encode(CUSTOMER, row.customer_id),
                engine=row.engine,
                fallback=row.fallback,
                risk=row.risk,
                total=advice.total,
            ),
            by=by,
        )
    return advice


def _riskless() -> float:
    return options().riskless_bps / 10_000
