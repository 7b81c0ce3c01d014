"""The only writers of instruments."""
