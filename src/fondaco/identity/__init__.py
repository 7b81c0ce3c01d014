"""People and organisations, how they prove who they are, and what they may do.

Invariants: an identifier (e-mail, telephone, user name) belongs to one user of the tenant; passwords and
tokens are kept as hashes only; an ended session opens nothing within a second. Not for money: the word
*account* belongs to the ledger.
"""
