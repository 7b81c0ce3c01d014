"""Pages for people: customers, merchants and the house's own, drawn on the server, under a strict policy.

Invariants: a page does nothing that the API cannot do, by the same actions; every form works without
JavaScript; a form that moves money carries a key that works once, so going back and sending it again pays
nothing twice.
Not for: programs, which use the API, and rules, which belong to the domains.
"""
