"""What can be read of proofs."""
