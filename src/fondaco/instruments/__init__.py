"""What has a price: shares, funds, coins, indices and currencies, and what they cost on each day.

Invariants: a price is never changed, a correction is told beside it; each price has a source, a licence and
the instant at which it came in; what is old is marked and never becomes zero. Not for rates at which money is
exchanged (see market), and not for who holds what (see investing).
"""
