"""Keys with which programs sign their requests, and the addresses from which a customer may be reached.

Invariants: a key's secret is shown once and kept encrypted; a signature is good for one request to one host,
and a signed write for one effect; a key never may more than the person who made it. Not for logging in:
people have sessions (see identity).
"""
