"""The mathematics of portfolios: pure functions over arrays and integers, without Django or a clock.

Floats live here alone, and none of them is an amount of money: weights become integers before money is
counted. With numpy and Clarabel it costs a process about 23 MB of memory.
"""
