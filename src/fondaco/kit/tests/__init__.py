"""Tests of the pure kit."""
