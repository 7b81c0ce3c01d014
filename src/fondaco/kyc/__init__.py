"""Verification of who a customer is: by a provider, or by an operator who looks at documents.

Invariants: a level changes with the verification that proves it, in one transaction; a notice counts only
with its provider's digest and only if it is the latest; a document is sealed and never shown inline. Not for
what a level allows (see policies).
"""
