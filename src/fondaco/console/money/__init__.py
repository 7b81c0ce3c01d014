"""A customer's money: home, wallets, activity, paying and asking, buying and exchanging."""
