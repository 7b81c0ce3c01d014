"""What signing refuses.

DomainError
├── NoBand                no policy says who signs
├── SignersMissing        too few people could sign
├── RequestOpen           the same thing is being signed already
├── TermsChanged          the signer saw other terms
├── AlreadySigned         one human, one signature
├── MakerMayNotSign       whoever wrote the terms does not sign them
├── SignatureNotWanted    it is not this person's turn
├── RequestExpired        the time is over
├── DelegationRefused     two people who cannot sign for each other
└── EffectRefused         all have signed, and what they signed cannot be done
"""

from fondaco.kit.errors import DomainError, Kind


class NoBand(DomainError):
    """Say that no policy covers the action and amount; what nobody may sign is refused, not let through."""

    code = "no_sign_policy"
    kind = Kind.CONFLICT
    title = "No policy says who signs this."


class SignersMissing(DomainError):
    """Say that those who hold the groups today could not complete the signatures."""

    code = "signers_missing"
    kind = Kind.CONFLICT
    title = "There are not enough people who could sign this."


class RequestOpen(DomainError):
    """Say that a request about the same thing waits already."""

    code = "sign_request_open"
    kind = Kind.CONFLICT
    title = "This is waiting for signatures already."


class TermsChanged(DomainError):
    """Say that the terms are no longer those that the signer saw."""

    code = "terms_changed"
    kind = Kind.CONFLICT
    title = "The terms have changed. Read them again."


class AlreadySigned(DomainError):
    """Say that this person, or the one for whom he signs, has signed in this round."""

    code = "already_signed"
    kind = Kind.CONFLICT
    title = "One person signs once."


class MakerMayNotSign(DomainError):
    """Say that whoever wrote the terms, or gains by them, cannot sign them, nor can anybody in his name."""

    code = "maker_may_not_sign"
    kind = Kind.FORBIDDEN
    title = "Somebody else signs what you wrote or gain by."


class SignatureNotWanted(DomainError):
    """Say that no open stage wants this person's signature."""

    code = "signature_not_wanted"
    kind = Kind.FORBIDDEN
    title = "Your signature is not wanted now."


class RequestExpired(DomainError):
    """Say that the time for signatures is over."""

    code = "sign_request_expired"
    kind = Kind.CONFLICT
    title = "The time for signatures is over."


class DelegationRefused(DomainError):
    """Say that a person cannot sign for this one."""

    code = "delegation_refused"
    kind = Kind.CONFLICT
    title = "These two people cannot sign for each other."


class EffectRefused(DomainError):
    """Say that what was signed cannot be done as things stand; ``reason`` is the refusal's own code."""

    code = "effect_refused"
    kind = Kind.CONFLICT
    title = "What was signed cannot be done now; the signature is not given."
