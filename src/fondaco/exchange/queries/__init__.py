"""Reads of the exchange; no writes, no clock, no network."""
