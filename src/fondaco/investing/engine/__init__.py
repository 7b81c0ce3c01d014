"""The mathematics of portfolios: pure functions over arrays, without Django, money or a clock.

It knows nothing of the rest of the house. With numpy and Clarabel it costs a process about 23 MB of memory.
"""
