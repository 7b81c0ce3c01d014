"""What is traded and at which price: currencies, pairs, sources, formulas, rates, their history, and quotes.

Invariants: a price is positive, finite and not older than its sources allow, or there is none; what the
customer pays is rounded up and what he gets is rounded down; a quote is taken once, by its customer, before
it expires. Not for fees and limits, which are policies', nor for orders and covering, which are exchange's.
"""
