"""``/wallets/{token}/merchants``: what the owner allows each merchant to charge."""

from datetime import datetime

from django.http import HttpRequest

from fondaco.kit.django.api.router import Router
from fondaco.kit.django.api.schemas import MoneyIn, MoneyOut, Strict
from fondaco.money import Money
from fondaco.wallets.actions import rules as actions
from fondaco.wallets.api.asking import ask_as_owner
from fondaco.wallets.api.fields import CustomerWireId, Reference, money_in
from fondaco.wallets.queries import rules as queries
from fondaco.wallets.types import Rule

router = Router(tags=["wallets"])


class RuleIn(Strict):
    """Take what a merchant may do: nothing, up to a cap per day, or (neither given) anything."""

    blocked: bool = False
    day_max: MoneyIn | None = None

    def to_money(self) -> Money | None:
        """Give the cap.

        :raises InvalidField: the currency is unknown, or the amount has more places than it
        """
        if self.day_max is None:
            return None
        return money_in(self.day_max, within="day_max")


class RuleOut(Strict):
    """Show what a merchant may do."""

    merchant: CustomerWireId
    blocked: bool
    blocked_at: datetime | None
    day_max: MoneyOut | None

    @classmethod
    def of(cls, rule: Rule) -> "RuleOut":
        """Show a rule."""
        return cls.model_construct(
            merchant=rule.merchant_id,
            blocked=rule.blocked_at is not None,
            blocked_at=rule.blocked_at,
            day_max=MoneyOut.of(rule.day_max) if rule.day_max else None,
        )


class RulesOut(Strict):
    """Show all rules of a wallet."""

    items: list[RuleOut]


@router.get("/{token}/merchants")
def list_rules(request: HttpRequest, token: Reference) -> RulesOut:
    """List the caps and blocks of a wallet."""
    own = ask_as_owner(request, token, "wallets:read")
    rules = queries.list_rules(wallet_id=own.wallet_id)
    return RulesOut(items=[RuleOut.of(rule) for rule in rules])


@router.put("/{token}/merchants/{merchant}")
def set_rule(
    request: HttpRequest, token: Reference, merchant: CustomerWireId, body: RuleIn
) -> RuleOut:
    """Cap what a merchant may charge in one day (UTC), or block him."""
    own = ask_as_owner(request, token, "wallets:manage")
    return RuleOut.of(
        actions.set_rule(
            wallet_id=own.wallet_id,
            customer_id=own.customer_id,
            merchant_id=merchant,
            day_max=body.to_money(),
            blocked=body.blocked,
            by=own.actor,
        )
    )


@router.delete("/{token}/merchants/{merchant}")
def remove_rule(request: HttpRequest, token: Reference, merchant: CustomerWireId) -> None:
    """Free a merchant of cap and block."""
    own = ask_as_owner(request, token, "wallets:manage")
    actions.remove_rule(
        wallet_id=own.wallet_id, customer_id=own.customer_id, merchant_id=merchant, by=own.actor
    )
