"""``POST /usual/charges`` and ``/usual/purchases``: lock rows, check, save, insert, commit."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse

from benchmarks.usual.models import (
    UsualHold,
    UsualKey,
    UsualOperation,
    UsualOrder,
    UsualStep,
    UsualWallet,
)
from fondaco.audit import actions as audit
from fondaco.exchange.api.purchases import PurchaseIn
from fondaco.exchange.api.shapes import PurchaseOut
from fondaco.kit import clock
from fondaco.kit.access import Actor, Role, require, require_customer
from fondaco.kit.django import events, jobs
from fondaco.kit.django.api import throttle
from fondaco.kit.django.api.auth import principal
from fondaco.kit.django.api.factory import make_api
from fondaco.kit.django.api.idempotency import keyed
from fondaco.kit.django.api.router import Router
from fondaco.kit.django.events import DomainEvent, event
from fondaco.kit.ids import uuid7
from fondaco.market import queries as market
from fondaco.money import Money
from fondaco.wallets.api.charges import ChargeIn, ChargeOut
from fondaco.wallets.api.fields import money_in
from fondaco.wallets.refusals import OwnWallet

router = Router(tags=["usual"])
_NOBODY: Final = UUID(int=0)
_THRESHOLD: Final = 1_000
"""Cents from which an order is covered alone."""


@event("usual.charge.posted", version=1)
@dataclass(frozen=True, slots=True, kw_only=True)
class UsualChargePosted(DomainEvent):
    """A merchant charged a wallet, the usual way."""

    wallet: str
    amount: Money

    @property
    def subject(self) -> str:
        """Give the wallet's token."""
        return self.wallet


@event("usual.purchase.placed", version=1)
@dataclass(frozen=True, slots=True, kw_only=True)
class UsualPurchasePlaced(DomainEvent):
    """A customer bought coins, the usual way."""

    wallet: str
    paid: Money

    @property
    def subject(self) -> str:
        """Give the wallet's token."""
        return self.wallet


@jobs.task(queue="usual")
def cover_usual(*, order: str) -> None:
    """Stand for what covers a large order; no worker runs in the benchmark."""
    del order


@router.post("/charges", status=201, limit=throttle.CHARGES, errors=(OwnWallet,))
@keyed("usual.charge")
def charge(request: HttpRequest, body: ChargeIn) -> ChargeOut | HttpResponse:
    """Charge a wallet by its token."""
    who = require(principal(request), "wallets:charge", Role.COMPANY)
    merchant_id, amount = require_customer(who), money_in(body)
    return _once(
        request,
        merchant_id,
        lambda: _charge(merchant_id, body.wallet, amount, body.summary, who.actor),
    )


@router.post("/purchases", status=201)
@keyed("usual.purchase")
def purchase(request: HttpRequest, body: PurchaseIn) -> PurchaseOut | HttpResponse:
    """Buy coins at the house's price.

    Token, body and price are read by the platform's own code. What is written is what a purchase cannot do
    without: the wallet's held amount under a lock, the order, its hold, its move with who made it, one
    event, the key with its answer, and for a large one the job. Limits, fees and stops are not looked at,
    which is in its favour.
    """
    who = require(principal(request), "wallets:spend")
    customer_id = require_customer(who)
    assert body.amount is not None
    wanted = Money.parse(body.amount, market.get_pair(name=f"{body.currency}_USD").get)
    return _once(request, customer_id, lambda: _buy(customer_id, wanted, who.actor))


@router.post("/notes", status=201, auth=None)
def note(request: HttpRequest) -> HttpResponse:
    """Write one small row in a transaction, for anybody: the least that a write can be."""
    del request
    with transaction.atomic():
        UsualKey.objects.create(
            owner_id=_NOBODY, key=uuid7().hex, fingerprint=b"", status=201, answer={}
        )
    return HttpResponse(status=201)


def _once(
    request: HttpRequest, owner_id: UUID, perform: Callable[[], dict[str, Any]]
) -> HttpResponse:
    """Do it under the request's key, or give the answer that is stored under it."""
    key = request.headers["Idempotency-Key"]
    fingerprint = hashlib.sha256(request.body).digest()
    with transaction.atomic():
        known = UsualKey.objects.filter(owner_id=owner_id, key=key).first()
        if known is not None:
            same = bytes(known.fingerprint) == fingerprint
            return JsonResponse(known.answer, status=known.status if same else 422)
        answer = perform()
        status = 201 if answer["success"] else 409
        UsualKey.objects.create(
            owner_id=owner_id, key=key, fingerprint=fingerprint, status=status, answer=answer
        )
    return JsonResponse(answer, status=status)


def _buy(customer_id: UUID, wanted: Money, by: Actor) -> dict[str, Any]:
    priced = market.calculate(pair=f"{wanted.asset.code}_USD", amount_to_get=wanted)
    total, at = priced.to_spend, clock.now()
    wallet = UsualWallet.objects.select_for_update().get(owner_id=customer_id)
    success = wallet.balance - wallet.held >= total.minor
    state = ("in_progress" if total.minor >= _THRESHOLD else "aggregated") if success else "error"
    order = UsualOrder.objects.create(
        wallet=wallet,
        currency=wanted.asset.code,
        amount=Decimal(wanted.minor),
        total=Decimal(total.minor),
        price=format(priced.rate.price, "f"),
        state=state,
        at=at,
    )
    UsualStep.objects.create(order=order, state=state, by=str(by), at=at)
    if success:
        wallet.held += total.minor
        wallet.save(update_fields=["held"])
        UsualHold.objects.create(wallet=wallet, order=order, amount=Decimal(total.minor), at=at)
        events.publish(UsualPurchasePlaced(wallet=wallet.token, paid=total), by=by)
    if state == "in_progress":
        jobs.defer(cover_usual, order=str(order.pk))
    return {
        "id": str(order.pk),
        "success": success,
        "currency": order.currency,
        "amount": wanted.to_text(),
        "total_price": total.to_text(),
        "price": order.price,
        "state": state,
    }


def _charge(
    merchant_id: UUID, token: str, amount: Money, summary: str, by: Actor
) -> dict[str, Any]:
    own = UsualWallet.objects.only("id").get(owner_id=merchant_id)
    payer_id = UsualWallet.objects.only("id").get(token=token).pk
    rows = UsualWallet.objects.select_for_update().filter(id__in=(own.pk, payer_id))
    wallets = {row.pk: row for row in rows.order_by("id")}
    payer, payee = wallets[payer_id], wallets[own.pk]
    success = payer.balance >= amount.minor
    if success:
        payer.balance -= amount.minor
        payee.balance += amount.minor
        payer.save(update_fields=["balance"])
        payee.save(update_fields=["balance"])
    operation = UsualOperation.objects.create(
        source=payer,
        target=payee,
        amount=Decimal(amount.minor),
        summary=summary,
        success=success,
        at=clock.now(),
    )
    if success:
        events.publish(UsualChargePosted(wallet=token, amount=amount), by=by)
    audit.record(by=by, action="usual.charge", subject=token, detail={"success": success})
    return {"id": str(operation.pk), "success": success, "balance": str(payee.balance)}


api = make_api(title="The usual way", namespace="usual")
api.add_router("", router)
