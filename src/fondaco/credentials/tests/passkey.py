"""A passkey in software: makes a key for a host and signs what it is asked (WebAuthn, ES256)."""

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData

_PRESENT, _VERIFIED = AuthenticatorData.FLAG.UP, AuthenticatorData.FLAG.UV
_ATTESTED = AuthenticatorData.FLAG.AT


@dataclass
class Passkey:
    """Hold a private key and the handle of its person."""

    origin: str = "http://localhost"
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    id: bytes = field(default_factory=lambda: secrets.token_bytes(16))
    person: str = ""

    def make(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Answer the options of a registration."""
        wanted = asked["publicKey"]
        self.person = wanted["user"]["id"]
        public = ES256.from_cryptography_key(self.key.public_key())  # type: ignore[no-untyped-call] # fido2 leaves it out
        attested = AttestedCredentialData.create(b"\0" * 16, self.id, public)
        data = AuthenticatorData.create(
            _hash_of(wanted["rp"]["id"]), _PRESENT | _VERIFIED | _ATTESTED, 0, attested
        )
        attestation = AttestationObject.create("none", data, {})
        return self._answer(
            clientDataJSON=self._client("webauthn.create", wanted["challenge"]),
            attestationObject=bytes(attestation),
        )

    def sign(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Answer the options of a log-in."""
        wanted = asked["publicKey"]
        data = AuthenticatorData.create(_hash_of(wanted["rpId"]), _PRESENT | _VERIFIED, 0)
        client = self._client("webauthn.get", wanted["challenge"])
        signed = bytes(data) + hashlib.sha256(client).digest()
        answer = self._answer(
            clientDataJSON=client,
            authenticatorData=bytes(data),
            signature=self.key.sign(signed, ec.ECDSA(hashes.SHA256())),
        )
        answer["response"]["userHandle"] = self.person
        return answer

    def _client(self, kind: str, challenge: str) -> bytes:
        told = {"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}
        return json.dumps(told).encode()

    def _answer(self, **response: bytes) -> dict[str, Any]:
        return {
            "id": websafe_encode(self.id),
            "rawId": websafe_encode(self.id),
            "type": "public-key",
            "clientExtensionResults": {"credProps": {"rk": True}},
            "response": {name: websafe_encode(value) for name, value in response.items()},
        }


def _hash_of(host: str) -> bytes:
    return hashlib.sha256(host.encode()).digest()
