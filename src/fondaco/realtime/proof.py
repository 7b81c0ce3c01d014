"""Who is at the other end: questions to the database, asked in threads of their own.

Channels' own helper has one thread for the whole process, where one slow answer would stop all sockets.
"""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from asgiref.sync import sync_to_async
from django.db import close_old_connections

from fondaco.apikeys.authenticator import check_address
from fondaco.identity.actions import spend_socket_ticket
from fondaco.kit import access
from fondaco.kit.access import Principal
from fondaco.kit.django import tenancy
from fondaco.kit.django.tenancy.context import TenantScope
from fondaco.kit.django.tenancy.middleware import tenant_of
from fondaco.kit.errors import Unauthenticated

Answer = TypeVar("Answer")

_THREADS: Final = ThreadPoolExecutor(4, thread_name_prefix="realtime")


async def find_tenant(headers: Mapping[str, str]) -> TenantScope:
    """Give the tenant of the host name to which the socket was opened.

    :raises UnknownTenant: there is none
    """
    host, named = headers.get("host", ""), headers.get("x-tenant")
    return await _ask(lambda: tenant_of(host=host, header=named))


async def prove(tenant: TenantScope, token: str, *, address: str) -> Principal:
    """Give the principal whom the access token proves in this tenant, now, at this address.

    :raises Unauthenticated: forged, expired, revoked, or of another tenant
    :raises AddressRefused: his customer may not be reached from there
    """

    def ask() -> Principal:
        with tenancy.scope(tenant):
            return prove_now(token, address=address)

    return await _ask(ask)


def prove_now(token: str, *, address: str) -> Principal:
    """Give the principal whom the access token proves in the current tenant, now, at this address.

    :raises Unauthenticated: forged, expired, revoked, or of another tenant
    :raises AddressRefused: his customer may not be reached from there
    """
    principal = access.authenticate({"Authorization": f"Bearer {token}"})
    if principal is None:
        raise Unauthenticated
    check_address(principal, address)
    return principal


async def redeem(tenant: TenantScope, ticket: str) -> str:
    """Spend a one-use ticket for an access token, which stays in this process.

    :raises Unauthenticated: unknown, spent, past its time, or of another tenant
    """

    def ask() -> str:
        with tenancy.scope(tenant):
            return spend_socket_ticket(ticket=ticket)

    return await _ask(ask)


async def _ask(question: Callable[[], Answer]) -> Answer:
    def ask() -> Answer:
        close_old_connections()
        return question()

    return await sync_to_async(ask, thread_sensitive=False, executor=_THREADS)()
