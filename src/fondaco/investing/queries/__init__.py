"""Reads of instruments, prices, advice and portfolios."""
