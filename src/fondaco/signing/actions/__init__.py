"""The only writers of signing. Each locks the subject, then the request, then looks."""

from fondaco.signing.actions.delegations import delegate, revoke_delegation
from fondaco.signing.actions.policies import propose_policy
from fondaco.signing.actions.requests import amend, expire_requests, propose, refuse, withdraw
from fondaco.signing.actions.signatures import sign

__all__ = [
    "amend",
    "delegate",
    "expire_requests",
    "propose",
    "propose_policy",
    "refuse",
    "revoke_delegation",
    "sign",
    "withdraw",
]
