"""What customers and the house want summed up: expense statistics, and what later domains add.

Invariants: a report is computed from the ledger when it is asked for and stored nowhere; a customer sees sums
over his own accounts alone; what a move of money means is declared by the domain that makes it. Not for
histories and statements of one wallet, which are wallets', nor for anything that changes a state.
"""
