"""What can be taken out of the journal."""
