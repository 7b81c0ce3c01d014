"""The ledger: every movement of money, as transfers between accounts that can be proved.

Invariants: one row debits one account and credits one other, so nothing can be unbalanced; a row is never
changed or deleted; available money never falls below an account's floor. Not for users, orders or fees.
"""
