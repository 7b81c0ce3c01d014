"""Loads the part of allauth from which its second factors import, without what serves its own pages."""

from allauth.account.apps import AccountConfig


class AllauthAccounts(AccountConfig):  # type: ignore[misc] # allauth has no types
    """Name the package; it has no tables here (``MIGRATION_MODULES``), since identifiers are identity's."""

    def ready(self) -> None:
        """Demand no middleware: allauth's pages are not mounted."""
