"""What customers invest in, and how their money is best spread over it.

Invariants: a price comes from the house and never from who asks; floats live in the engine alone and no
amount of money is ever one; what is bought and what is left add up to the cash to the last minor unit.
Not for exchanging currencies, and not for custody: until there is a broker, execution is on paper.
"""
