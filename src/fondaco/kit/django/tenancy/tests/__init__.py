"""Tests of tenants and their schemas."""
