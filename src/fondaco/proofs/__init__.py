"""Proofs: what shows a stranger that the books are what they were, and that nobody's money was left out.

Invariants: sealing reads what is committed and touches no table that posting writes; what is published
is never changed (the database refuses it); every hash can be recomputed from documented text with SHA-256.
Not for the rules of posting (see ledger) or for what the numbers mean (see reports).
"""
