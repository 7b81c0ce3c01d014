"""What the owner of a wallet allows a merchant: a cap per day, or nothing at all."""

from uuid import UUID

from django.db import transaction

from fondaco.audit import actions as audit
from fondaco.identity import queries as identity
from fondaco.kit import clock
from fondaco.kit.access import Actor
from fondaco.kit.django import events
from fondaco.kit.ids import encode
from fondaco.money import Money
from fondaco.wallets.actions.locks import lock_wallet
from fondaco.wallets.events import RuleChanged
from fondaco.wallets.models import MerchantRule
from fondaco.wallets.queries.rules import describe_rule
from fondaco.wallets.types import CUSTOMER, WALLET, Rule, WalletId


def set_rule(
    *,
    wallet_id: WalletId,
    customer_id: UUID,
    merchant_id: UUID,
    day_max: Money | None,
    blocked: bool,
    by: Actor,
) -> Rule:
    """Cap or block one merchant on a wallet; the rule before is replaced.

    A cap counts what the merchant takes from the moment on when it is first set, by days of UTC.

    :raises NotFound: there is no such wallet of this customer, or no such merchant
    """
    identity.get_customer(merchant_id)
    with transaction.atomic():
        row = lock_wallet(wallet_id, customer_id=customer_id)
        rule, _ = MerchantRule.objects.update_or_create(
            wallet=row,
            merchant_id=merchant_id,
            defaults={
                "currency": day_max.asset.code if day_max else "",
                "day_max_minor": day_max.minor if day_max else None,
                "blocked_at": clock.now() if blocked else None,
            },
        )
        _tell(rule, day_max=day_max, by=by)
    return describe_rule(rule)


def remove_rule(*, wallet_id: WalletId, customer_id: UUID, merchant_id: UUID, by: Actor) -> None:
    """Free a merchant of cap and block; without a rule nothing happens.

    :raises NotFound: there is no such wallet of this customer
    """
    with transaction.atomic():
        row = lock_wallet(wallet_id, customer_id=customer_id)
        rule = MerchantRule.objects.filter(wallet=row, merchant_id=merchant_id).first()
        if rule is not None:
            rule.day_max_minor, rule.blocked_at = None, None
            _tell(rule, day_max=None, by=by)
            rule.delete()


def _tell(rule: MerchantRule, *, day_max: Money | None, by: Actor) -> None:
    event = RuleChanged(
        wallet=encode(WALLET, rule.wallet_id),
        customer=encode(CUSTOMER, rule.wallet.holder_id),
        merchant=encode(CUSTOMER, rule.merchant_id),
        day_max=day_max,
        blocked=rule.blocked_at is not None,
    )
    events.publish(event, by=by)
    audit.record(
        by=by,
        action="wallets.rule.change",
        subject=event.subject,
        detail={
            "merchant": event.merchant,
            "blocked": event.blocked,
            "day_max": str(day_max) if day_max else "",
        },
    )
