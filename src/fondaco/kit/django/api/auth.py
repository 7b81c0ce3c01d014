"""Proof of who asks, demanded by each operation unless it says otherwise; with it comes the rate limit."""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, Final, Self
from urllib.parse import quote

from django.http import HttpRequest
from ninja.security.base import AuthBase

from fondaco.kit import access
from fondaco.kit.access import Principal
from fondaco.kit.django import tenancy
from fondaco.kit.django.api import throttle
from fondaco.kit.django.api.addresses import exact_address
from fondaco.kit.django.api.throttle import Limit
from fondaco.kit.django.nonces import Nonce
from fondaco.kit.errors import Forbidden, Unauthenticated


class Headers(Mapping[str, str]):
    """Look at a request's headers by name without copying them."""

    def __init__(self, meta: Mapping[str, Any]) -> None:
        """Keep the WSGI environment."""
        self._meta = meta

    def __getitem__(self, name: str) -> str:
        """Give a header; its name is taken in any case."""
        return str(self._meta[_key_of(name)])

    def __iter__(self) -> Iterator[str]:
        """Go through the names of the headers."""
        return (
            name[5:].replace("_", "-").lower() for name in self._meta if name.startswith("HTTP_")
        )

    def __len__(self) -> int:
        """Count the headers."""
        return sum(1 for _ in self)


@lru_cache(maxsize=64)  # names of ours, never a caller's
def _key_of(header: str) -> str:
    return f"HTTP_{header.upper().replace('-', '_')}"


class HttpCall:
    """Show a request to whoever checks its credentials; each part is looked at when it is asked for."""

    __slots__ = ("_request",)

    def __init__(self, request: HttpRequest) -> None:
        """Keep the request."""
        self._request = request

    @property
    def method(self) -> str:
        """Give the verb."""
        return str(self._request.method)

    @property
    def host(self) -> str:
        """Give the header ``Host`` as it was sent, in small letters."""
        return str(self._request.META.get("HTTP_HOST", "")).lower()

    @property
    def target(self) -> str:
        """Give path and query; where the server keeps only the decoded path, it is encoded anew.

        Anew means: what a path may hold plainly (RFC 3986, section 3.3) stays, all else is percent-encoded
        in capital letters.
        """
        meta = self._request.META
        raw = meta.get("RAW_URI") or meta.get("REQUEST_URI")
        if raw:
            return str(raw)
        query = meta.get("QUERY_STRING", "")
        path = quote(self._request.path.encode(), safe=_PLAIN_IN_PATHS)
        return f"{path}?{query}" if query else path

    @property
    def body(self) -> bytes:
        """Give the body, which stays there for the parser."""
        return self._request.body

    @property
    def address(self) -> str:
        """Give the caller's own address, of IPv6 too."""
        return exact_address(self._request)

    def hold_nonce(self, *, signer: bytes, at_s: int, nonce: str) -> None:
        """Leave the nonce with the request; the router has the request's write spend it."""
        held = Nonce.make(signer=signer, at_s=at_s, nonce=nonce, schema=tenancy.current().schema)
        self._request.fondaco_nonce = held  # type: ignore[attr-defined]  # read by the router


class Guest:
    """Stand for a caller without credentials where an operation is open to all."""


GUEST: Final = Guest()

_PLAIN_IN_PATHS: Final = "/-._~!$&'()*+,;=:@"


class Bearer(AuthBase):
    """Demand a principal and count the request against it."""

    openapi_type = "http"
    openapi_scheme = "bearer"

    def __init__(
        self,
        limit: Limit = throttle.USER,
        *,
        staff_only: bool = False,
        people_only: bool = False,
    ) -> None:
        """Choose the rate limit, and whether only the house's own people, or only people at all, pass."""
        super().__init__()
        self.limit = limit
        self.staff_only = staff_only
        self.people_only = people_only

    def limited(self, limit: Limit) -> Self:
        """Give the same demand with another rate limit."""
        return type(self)(limit, staff_only=self.staff_only, people_only=self.people_only)

    def __call__(self, request: HttpRequest) -> Principal:
        """Give the principal.

        :raises Unauthenticated: no credentials, or wrong ones
        :raises Forbidden: only staff, or only people, pass here
        :raises TooManyRequests: the caller asks too often
        """
        who = _find(request)
        if who is None:
            throttle.limit_anonymous(request)
            raise Unauthenticated
        throttle.limit_principal(request, who, self.limit)
        if self.staff_only and not who.is_staff:
            raise Forbidden("Only staff may do this.")
        if self.people_only and not who.is_person:
            raise Forbidden("Log in for this; keys may not do it.")
        return who


class Public(AuthBase):
    """Let everybody in; credentials that are sent must be right, and are known to the operation."""

    openapi_type = "http"
    openapi_scheme = "bearer"

    def __init__(self, limit: Limit = throttle.USER) -> None:
        """Choose the rate limit of callers with credentials."""
        super().__init__()
        self.limit = limit
        del self.openapi_security_schema  # the operation is open: nothing to tell

    def limited(self, limit: Limit) -> Self:
        """Give the same with another rate limit for callers with credentials."""
        return type(self)(limit)

    def __call__(self, request: HttpRequest) -> Principal | Guest:
        """Give the principal or the guest.

        :raises Unauthenticated: wrong credentials
        :raises TooManyRequests: the caller asks too often
        """
        who = _find(request)
        if who is None:
            throttle.limit_anonymous(request)
            return GUEST
        throttle.limit_principal(request, who, self.limit)
        return who


signed_in: Final = Bearer()
"""The default of each operation."""
staff: Final = Bearer(staff_only=True)
"""For operators' endpoints."""
people: Final = Bearer(people_only=True)
"""For what concerns a person rather than his business: passwords, devices, factors, keys."""
optional: Final = Public()
"""For operations that are open to all; also what ``auth=None`` means."""


def principal(request: HttpRequest) -> Principal:
    """Give who asks.

    :raises Unauthenticated: nobody that we know
    """
    who = find_principal(request)
    if who is None:
        raise Unauthenticated
    return who


def find_principal(request: HttpRequest) -> Principal | None:
    """Give who asks, or none for a guest."""
    who = getattr(request, "auth", None)
    return who if isinstance(who, Principal) else None


def spend(request: HttpRequest, limit: Limit, *, cost: int) -> None:
    """Count further units of an operation that does many things at once, such as a batch.

    :raises TooManyRequests: the caller asks too often
    """
    throttle.limit_principal(request, principal(request), limit, cost=cost)


def _find(request: HttpRequest) -> Principal | None:
    try:
        return access.authenticate(Headers(request.META), HttpCall(request))
    except Unauthenticated:
        throttle.limit_anonymous(request)
        raise
