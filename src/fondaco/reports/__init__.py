"""What customers and the house want summed up: statistics, statements, the trial balance.

Invariants: a report is computed from the ledger when it is asked for and stored nowhere; a customer sees his
own accounts alone; what a move of money means is declared by the domain that makes it. Not for histories,
which are wallets' and the ledger's, nor for anything that changes a state.
"""
