"""A merchant's pages: charges, webhooks, keys, daily totals."""
