"""Binance, spot. Wire facts are those of docs/providers/binance.md."""
