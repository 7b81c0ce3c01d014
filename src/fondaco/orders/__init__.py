"""The header of everything that a customer orders and that takes more than one step.

Invariants: an order is never deleted; its state moves only along the table in ``states`` and each move leaves
a history row in the same transaction; a finished order never moves again. Not for the money of an order (that
is the ledger's) nor for what is special to one kind (that is the domain's which registered the kind).
"""
