"""Reads of policies; no writes, no network."""
