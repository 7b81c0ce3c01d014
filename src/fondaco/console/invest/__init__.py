"""Advice and portfolios."""
