"""The only writers of the journal."""
