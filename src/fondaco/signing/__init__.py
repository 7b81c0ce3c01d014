"""Who must approve what: rounds of signatures under the exact terms, and the effect of the last one.

Invariants: a signature stands under the hash of exactly what its signer saw, and an amendment voids it; one
human signs once in a round, whatever groups he is in and for whomever he signs; the last signature and the
effect commit together or not at all. Not for who holds which permission, which is identity's, nor for what an
effect does, which is the domain's that registered it.
"""
