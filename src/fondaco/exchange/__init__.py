"""Exchange: customers buy and exchange currencies from the house, and the house covers itself at venues.

Invariants: a customer gets exactly the coins that he was quoted, or all of his money back; what the venues
filled is what the customers got and what the house kept, to the last minor unit; a covering order is sent
once and looked up for ever after. Not for prices (the market's) nor for what is allowed (policies').
"""
