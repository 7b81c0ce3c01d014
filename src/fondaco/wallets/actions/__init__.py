"""The only writers of wallets, by noun."""
