"""One self-hosted house for money: wallets, exchange, payments, trade finance and investing on one ledger."""

__version__ = "0.1.0"
