"""What a key may be given; a scope is the permission that an endpoint asks for."""

from django.db.models import TextChoices


class Scope(TextChoices):
    """One thing that a key may be given."""

    WALLETS_READ = "wallets:read"
    """See wallets, balances, histories and charges."""
    WALLETS_CHARGE = "wallets:charge"
    """Charge wallets by their tokens; capture, void, refund."""
    WALLETS_SPEND = "wallets:spend"
    """Top up, cash out, send money, answer payment requests."""
    WALLETS_MANAGE = "wallets:manage"
    """Open, name, freeze and close wallets; change tokens, cards and rules."""
    ORDERS_READ = "orders:read"
    """See orders and their callbacks."""
    EVENTS_READ = "events:read"
    """Read the events that concern the customer."""
    WEBHOOKS_MANAGE = "webhooks:manage"
    """Say where events are sent; see what was sent, and send it again."""
