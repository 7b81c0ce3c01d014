"""The charge endpoint as most teams write it: Django ORM, row locks, one transaction for each request.

It stands in the benchmarks only, as the measure for the intake. It keeps the same promises as the real
one: idempotency key, refused attempts kept, event and audit row in the same transaction.
"""
