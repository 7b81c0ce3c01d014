"""Pages of investors: what they hold, advice, orders, findings, and lists of other brokers."""
