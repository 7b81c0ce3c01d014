"""What the domains share once Django is there: tenants, events, jobs, idempotency, locks, deliveries, files.

Invariants: nothing here names a domain; whatever changes data joins the caller's transaction; without a
tenant nothing is read or written. Not for business rules, and not for anything that works without Django.
"""
