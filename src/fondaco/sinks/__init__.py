"""Sinks: copies of all events for other systems, at least once and in the order of each subject."""
