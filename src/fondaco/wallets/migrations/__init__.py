"""Migrations of wallets."""
