"""Whether something may be done, how much of it and at what price: rows, not code.

Invariants: a stop beats every rule; a value comes from exactly one row, which can be named; what is counted
against a limit is counted in the money's own transaction. Not for what a domain itself must refuse (funds,
states) and not for who signs (that is signing's).
"""
