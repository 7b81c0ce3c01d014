"""HTX, once Huobi, spot. Wire facts are those of docs/providers/htx.md."""
