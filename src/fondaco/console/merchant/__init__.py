"""Pages of merchants: charges, what follows them, and webhooks."""
