"""What customers and merchants hold, pay and are paid with.

Invariants: a wallet's money is what its ledger accounts say and is stored nowhere else; a customer's money
leaves a wallet only by his own order or by a merchant who holds its token, never beyond the balance and the
owner's caps; every attempt, refused ones included, stays in the history of both sides. Not for deposits
from and withdrawals to the outside world (``payments``), nor for rules about fees and limits (``policies``).
"""
