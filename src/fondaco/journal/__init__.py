"""The journal: the books as somebody outside uses them, to post by hand or by program, or to take them out.

Invariants: a bare ledger touches only accounts under ``custom:``; whatever else is posted here names reason
and evidence; the same file or identifiers twice have one effect. Not for money that a domain's own operation
moves, and not for the rules of posting, which are the ledger's.
"""
