"""Put the parts together: settings, urls, wiring, processes, command line.

Invariants: nothing of fondaco imports this package; settings load without environment, database or network;
whatever a domain registers at start is registered here and nowhere else. Not for business rules.
"""
