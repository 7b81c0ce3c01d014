"""Telegram: log-in by OpenID Connect. Wire facts are those of docs/providers/telegram.md."""
