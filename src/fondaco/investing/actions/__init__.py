"""The only writers of investing."""
