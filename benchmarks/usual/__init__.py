"""Charges and purchases as most teams write them: Django ORM, row locks, one transaction for each request.

They stand in the benchmarks only, as the measure for the platform's own. They keep the same promises:
idempotency key, refused attempts kept, event and record of who did it in the same transaction.
"""
