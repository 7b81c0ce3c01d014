"""Proves signed requests, and keeps customers to the addresses that they allow.

One authenticator stands in front of both ways to prove oneself: ``Authorization: Key …`` with a signature,
and whatever the other one takes (identity's access tokens).
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from fondaco.apikeys import actions, known, signing
from fondaco.apikeys.errors import (
    AddressRefused,
    SignatureMissing,
    SignatureOutOfTime,
    SignatureWrong,
)
from fondaco.apikeys.known import KnownKey
from fondaco.apikeys.networks import lies_in
from fondaco.apikeys.rows import mode_here
from fondaco.apikeys.types import read_key_wire
from fondaco.kit import clock
from fondaco.kit.access import Authenticator, Call, Principal
from fondaco.kit.django.nonces import TOLERANCE_S
from fondaco.kit.ids import InvalidId

SCHEME: Final = "key "
USE_IS_NOTED_EVERY: Final = timedelta(minutes=1)
_READS: Final = frozenset({"GET", "HEAD", "OPTIONS"})


class FrontDoor:
    """Prove principals by key or by whatever else there is, from allowed addresses alone."""

    def __init__(self, others: Authenticator) -> None:
        """Keep what proves everything but keys."""
        self._others = others

    def authenticate(
        self, headers: Mapping[str, str], call: Call | None = None
    ) -> Principal | None:
        """Give the principal, or none where no credentials are sent.

        On a socket (no call) whoever opened it looks at the address, by `check_address`.

        :raises Unauthenticated: credentials are sent, but wrong, expired or revoked
        :raises AddressRefused: right ones, but not from this address
        """
        sent = headers.get("Authorization", "")
        if sent[: len(SCHEME)].lower() == SCHEME:
            who: Principal | None = _prove(sent[len(SCHEME) :].strip(), headers, call)
        else:
            who = self._others.authenticate(headers, call)
        if who is not None and call is not None:
            check_address(who, call.address)
        return who


def check_address(who: Principal, address: str) -> None:
    """Make sure that a customer's list of addresses, where he has one, holds this one.

    :raises AddressRefused: it does not
    """
    if who.customer_id is None:
        return
    networks = known.find_networks(who.customer_id)
    if networks and not lies_in(address, networks):
        raise AddressRefused


def _prove(name: str, headers: Mapping[str, str], call: Call | None) -> Principal:
    if call is None:
        raise SignatureMissing("Keys sign requests; a socket is opened with a token.")
    signature = signing.read(headers.get(signing.HEADER, ""))
    key = _find(name)
    request = signing.Request(
        method=call.method,
        host=call.host,
        target=call.target,
        idempotency_key=headers.get(signing.KEY_HEADER, ""),
        body=call.body,
    )
    if key is None or not signing.is_right(signature, request, secret=key.secret):
        raise SignatureWrong
    now = clock.now()
    if abs(now.timestamp() - signature.at_s) > TOLERANCE_S:
        raise SignatureOutOfTime
    if key.expires_at is not None and key.expires_at <= now:
        raise SignatureWrong
    if key.networks and not lies_in(call.address, key.networks):
        raise AddressRefused
    if key.used_at is None or now - key.used_at >= USE_IS_NOTED_EVERY:
        key.used_at = now
        actions.note_use(key_id=key.id, at=now)
    if call.method not in _READS:
        call.hold_nonce(signer=key.id.bytes, at_s=signature.at_s, nonce=signature.nonce)
    return key.principal


def _find(name: str) -> KnownKey | None:
    try:
        key_id, mode = read_key_wire(name)
    except InvalidId:
        return None
    return known.find_key(key_id) if mode is mode_here() else None
