"""Migrations of investing."""
