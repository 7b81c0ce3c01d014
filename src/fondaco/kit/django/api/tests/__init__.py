"""Tests of the API glue."""
