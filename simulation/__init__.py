"""The whole platform in one process, in virtual time, with every choice drawn from one seed.

Customers, a bank that cannot be trusted, jobs and two web processes take turns; connections are cut and
processes die before and after any statement. After each step the books, a naive model of what was
acknowledged, and the events must agree. The same seed makes the same run, so that a failure can be replayed:
``fondaco simulate --seed N --steps M``. Nothing of fondaco imports this package.
"""
