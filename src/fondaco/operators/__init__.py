"""The house's own people: who is appointed, and with which rights.

Invariants: an operator is a user without customer; the rights come from one catalogue; an auditor holds
rights to read only. Not for customers' staff, which are memberships of identity.
"""
