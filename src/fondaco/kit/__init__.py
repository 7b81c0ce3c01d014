"""Small technical parts that know no domain.

Invariants: pure Python outside ``kit.django``; nothing here reads the wall clock but ``kit.clock``;
nothing here speaks of wallets, orders or customers' money. Not for business rules.
"""
