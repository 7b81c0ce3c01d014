"""SumSub: identity verification. Wire facts are those of docs/providers/sumsub.md."""
