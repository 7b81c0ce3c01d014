"""How people prove who they are: passwords, codes, links, second factors, passkeys, Telegram.

Invariants: a code or link works once, for one purpose, within its time; codes, links and seeds are kept as
digests or sealed, and leave only through deliveries; an answer and the work behind it never tell whether
somebody is registered. Not for who people are and what they may do: that is ``identity``.
"""
