"""What connections refuse.

DomainError
├── ProviderMissing     no account of this kind is enabled
└── AccountChanged      the account or the draft is no longer the one that was read
"""

from fondaco.kit.errors import DomainError, Kind


class ProviderMissing(DomainError):
    """Say that the house has no enabled account at such a provider."""

    code = "provider_missing"
    kind = Kind.CONFLICT
    title = "There is no account at this provider."


class AccountChanged(DomainError):
    """Say that the account, or the draft of its credentials, is no longer the one that was read."""

    code = "provider_account_changed"
    kind = Kind.CONFLICT
    title = "This has changed meanwhile. Propose it again."
