"""The house's accounts at outside providers: exchanges, gateways, nodes, banks.

Invariants: credentials are stored encrypted, and no answer, event, log or audit row holds them; an account is
used only when it is enabled; what is used was activated as it was proposed. Not for talking to a provider
(that is vendors') nor for who signs a change (that is operators').
"""
