"""A service that advises on portfolios. Wire facts are those of docs/providers/advice.md."""
