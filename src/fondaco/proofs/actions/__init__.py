"""The only writers of proofs."""
