"""What was done, by whom, to what: the tenant's memory of every change.

Invariants: a row is never altered or removed (the database refuses both); a row is written in the
transaction of the change that it tells of; a row holds no secret. Not for failed attempts to log in or for
technical logs.
"""
