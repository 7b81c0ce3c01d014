"""The house's own people at customers, money and orders."""
