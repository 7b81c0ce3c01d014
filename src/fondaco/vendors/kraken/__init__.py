"""Kraken, spot. Wire facts are those of docs/providers/kraken.md."""
