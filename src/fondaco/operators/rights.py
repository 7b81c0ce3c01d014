"""The catalogue of what the house's own people may do; a right is named where an endpoint asks for it.

To appoint and dismiss is no right: only a master admin does it, so nobody can give himself more than he has.
"""

from typing import Final

from django.db.models import TextChoices

from fondaco.identity.states import StaffRole
from fondaco.identity.types import ALL_RIGHTS


class Right(TextChoices):
    """One thing that an operator may be given."""

    CUSTOMERS_READ = "customers:read"
    """See customers, their people and sessions."""
    CUSTOMERS_DISABLE = "customers:disable"
    """Shut customers out and let them in again."""
    CUSTOMERS_LEVEL = "customers:level"
    """Raise and lower levels."""
    CUSTOMERS_GROUP = "customers:group"
    """Make groups of customers and move customers between them."""
    CUSTOMERS_INVITE = "customers:invite"
    """Make corporates and banks, and invite their administrators."""
    CUSTOMERS_FACTOR = "customers:factor"
    """Propose and approve the reset of a lost second factor."""
    WALLETS_READ = "wallets:read"
    """See wallets, balances and histories of all customers."""
    WALLETS_TOP_UP = "wallets:top_up"
    """Top up wallets by hand, with reason and evidence."""
    WALLETS_CASH_OUT = "wallets:cash_out"
    """Confirm or refuse cash-outs."""
    WALLETS_FREEZE = "wallets:freeze"
    """Stop wallets, whatever their owners want, and let them go again."""
    LEDGER_READ = "ledger:read"
    """See accounts, transfers and totals of the house."""
    LEDGER_WRITE = "ledger:write"
    """Keep a bare ledger: open accounts under ``custom:`` and post between them."""
    LEDGER_ADJUST = "ledger:adjust"
    """Post to any account of the books by hand, with reason and evidence."""
    HOLDINGS_RECORD = "holdings:record"
    """Record what providers, banks and nodes state that they hold."""
    SIGNING_READ = "signing:read"
    """See what is signed in the house, and who signs what."""
    SIGNING_POLICIES = "signing:policies"
    """Propose who signs what, and sign such proposals of others."""
    OPERATORS_SIGN = "operators:sign"
    """Sign changes of operators' rights, where the house's policy asks for it."""
    INVESTING_MANAGE = "investing:manage"
    """Declare assets, import prices, pay dividends and split shares."""
    NOTIFICATIONS_READ = "notifications:read"
    """See templates, messages and mailings."""
    NOTIFICATIONS_MANAGE = "notifications:manage"
    """Word notices, send messages again and write to all customers; who holds it is told of what fails."""
    MARKET_READ = "market:read"
    """See how pairs get their prices, and how fresh sources are."""
    MARKET_MANAGE = "market:manage"
    """Set up currencies, sources and pairs; stop pairs and let them go again."""
    POLICIES_READ = "policies:read"
    """See rules, stops, limits and settings, and why what applies to whom."""
    POLICIES_PROPOSE = "policies:propose"
    """Propose rules, settings and rules against fraud; they hold at once unless the house has them signed."""
    POLICIES_SIGN = "policies:sign"
    """Sign such proposals of others, where the house's policy asks for it."""
    POLICIES_STOP = "policies:stop"
    """Stop what is going wrong, alone; and let it go on, with another one."""
    RISK_READ = "risk:read"
    """See what rules against fraud have found."""
    RISK_DECIDE = "risk:decide"
    """Release or reject what they hold."""
    CONNECTIONS_READ = "connections:read"
    """See accounts at outside providers and how they answer; never their credentials."""
    CONNECTIONS_PROPOSE = "connections:propose"
    """Propose accounts at outside providers, and put them out of use."""
    CONNECTIONS_SIGN = "connections:sign"
    """Sign such proposals of others."""
    JOBS_READ = "jobs:read"
    """See background work: what waits and what failed."""
    JOBS_MANAGE = "jobs:manage"
    """Have failed jobs run again, and take waiting ones back."""
    EXCHANGE_READ = "exchange:read"
    """See what customers exchange, how it is covered and what the house gains by it."""
    EXCHANGE_DESK = "exchange:desk"
    """Say how pairs are traded: buying back, venues, thresholds, position limits."""
    EXCHANGE_CLOSE = "exchange:close"
    """End stuck orders and batches by hand."""
    AUDIT_READ = "audit:read"
    """See the audit trail."""
    OPERATORS_READ = "operators:read"
    """See the house's own people."""


READING: Final = frozenset(right for right in Right if right.value.endswith(":read"))
"""What an auditor holds."""


def rights_of(role: StaffRole, chosen: frozenset[Right]) -> frozenset[str]:
    """Give the permissions that a role holds, where ``chosen`` counts for operators only."""
    if role == StaffRole.MASTER_ADMIN:
        return frozenset({ALL_RIGHTS})
    if role == StaffRole.AUDITOR:
        return frozenset(right.value for right in READING)
    return frozenset(right.value for right in chosen)
