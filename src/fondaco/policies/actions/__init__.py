"""The only writers of policies."""
