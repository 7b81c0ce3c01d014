"""What keys and address lists refuse.

DomainError
├── Unauthenticated ── SignatureMissing · SignatureWrong · SignatureOutOfTime   (NonceSpent is the kit's)
├── AddressRefused      right credentials, wrong place
├── WouldLockOut        the change would shut out whoever makes it
├── TooManyKeys · TooManyNetworks
└── NoSandbox           nowhere for a test key to lead
"""

from fondaco.kit.errors import DomainError, Kind, Unauthenticated


class SignatureMissing(Unauthenticated):
    """Say that a key was named without a signature that can be read."""

    code = "signature_missing"
    title = "Send Fondaco-Signature: t=<unix seconds>,n=<16 to 64 letters>,v1=<64 hex digits>."


class SignatureWrong(Unauthenticated):
    """Say that the key is unknown, ended, or made another signature; never which."""

    code = "signature_wrong"
    title = "No living key of this name makes this signature of this request."


class SignatureOutOfTime(Unauthenticated):
    """Say that the signature's time is too far from ours."""

    code = "signature_out_of_time"
    title = "The signature's time differs from ours by more than five minutes. Check your clock."


class AddressRefused(DomainError):
    """Say that the credentials are right, but must not be used from this address."""

    code = "address_refused"
    kind = Kind.FORBIDDEN
    title = "These credentials may not be used from this address."


class WouldLockOut(DomainError):
    """Say that the change would leave out the address that the caller comes from."""

    code = "would_lock_out"
    kind = Kind.CONFLICT
    title = "Your own address would be left out. Send confirm: true if you mean it."


class TooManyKeys(DomainError):
    """Say that the customer has as many keys as one may have."""

    code = "too_many_keys"
    kind = Kind.CONFLICT
    title = "Delete a key that is not used any more first."


class TooManyNetworks(DomainError):
    """Say that the customer's list is as long as it may be."""

    code = "too_many_networks"
    kind = Kind.CONFLICT
    title = "The list is full; join networks or remove some first."


class NoSandbox(DomainError):
    """Say that the house has no sandbox for test keys."""

    code = "no_sandbox"
    kind = Kind.CONFLICT
    title = "This house has no sandbox; test keys have nowhere to lead."
