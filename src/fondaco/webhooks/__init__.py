"""Webhooks: customers' endpoints, what was sent there, and the events that they may read for themselves."""
