"""The glue between HTTP and the domains: parse, one action or query, shape.

Invariants: bad input is always a 4xx problem with a stable code and the field's name; whatever goes wrong
is an ``application/problem+json`` answer without a trace; floats never come in, never go out. Not for
business rules, and not for web pages.
"""
