"""WebSockets for customers: what happens is told at once, to those whom it concerns.

Invariants: a socket belongs to the tenant of its host name and to nobody until its first message proves a
principal; that proof is looked at again with every message and heartbeat; a socket that does not read is
dropped, never buffered without bound. Not for requests: whatever changes something goes through the API.
"""
