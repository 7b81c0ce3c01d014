"""Reads of wallets, by noun; no writes, no clock, no network."""
