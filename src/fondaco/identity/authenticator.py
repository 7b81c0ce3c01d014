"""Turns the header ``Authorization: Bearer …`` into a principal, without a query on the way."""

from collections.abc import Mapping

from fondaco.identity import revocation, tokens
from fondaco.identity.errors import SessionIsOver
from fondaco.identity.types import Grant
from fondaco.kit import clock
from fondaco.kit.access import Call, Principal
from fondaco.kit.django import tenancy
from fondaco.kit.errors import Unauthenticated


class JwtAuthenticator:
    """Prove principals by access tokens of the current tenant."""

    def authenticate(
        self,
        headers: Mapping[str, str],
        call: Call | None = None,  # noqa: ARG002 - the protocol's; a token needs no more than its header
    ) -> Principal | None:
        """Give the principal of the bearer token, or none where no credentials are sent.

        :raises Unauthenticated: another scheme, forged, of another tenant
        :raises TokenExpired: the token's time is over
        :raises SessionIsOver: the session was ended (known within a second)
        """
        sent = headers.get("Authorization", headers.get("authorization"))
        if sent is None:
            return None
        scheme, _, token = sent.partition(" ")
        if scheme.lower() != "bearer":
            raise Unauthenticated("Send the header Authorization: Bearer <access token>.")
        grant = tokens.read(token.strip(), tenant=tenancy.current().name, at=clock.now())
        if revocation.is_ended(grant.session_id):
            raise SessionIsOver
        return _principal(grant)


def _principal(grant: Grant) -> Principal:
    return Principal(
        actor=grant.actor,
        role=grant.role,
        user_id=grant.user_id,
        customer_id=grant.customer_id,
        session_id=grant.session_id,
        permissions=grant.permissions,
    )
