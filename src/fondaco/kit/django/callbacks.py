"""Notices of providers: stored as their bytes came, answered at once, verified by a job.

A domain registers a ``Receiver`` for each provider. Storing and the job that verifies commit together, so
what was answered is never lost; a provider that sends a notice twice is the receiver's to recognise.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol
from uuid import UUID

from django.db import DatabaseError, InterfaceError, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from procrastinate.exceptions import ConnectorException

from fondaco.kit import clock
from fondaco.kit.django import jobs
from fondaco.kit.django.api import problems
from fondaco.kit.django.models.callbacks import InboundCallback
from fondaco.kit.errors import DomainError
from fondaco.kit.ids import uuid7

QUEUE: Final = "callbacks"
DELETE_BATCH: Final = 1000
_METHODS: Final = frozenset({"GET", "POST"})
_ERROR_MAX: Final = 255
_LEFT_OUT: Final = frozenset({"cookie"})


@dataclass(frozen=True, slots=True)
class Notice:
    """Hold what a provider sent, byte for byte."""

    id: UUID
    provider: str
    key: str
    method: str
    query: str
    headers: Mapping[str, str]
    """Names in small letters."""
    body: bytes
    received_at: datetime


class Receiver(Protocol):
    """Know a provider's accounts and its way of signing."""

    def knows(self, key: str) -> bool:
        """Tell whether the present tenant has an account with this key."""

    def verify(self, notice: Notice) -> None:
        """Check signature, amount, currency and order, and do what follows; at least once for each notice.

        :raises DomainError: the notice proves nothing
        """


_receivers: dict[str, Receiver] = {}


def register(provider: str, receiver: Receiver) -> None:
    """Take notices of a provider under ``/callbacks/{provider}/{key}``; the latest receiver counts."""
    _receivers[provider] = receiver


def forget(provider: str) -> None:
    """Take no more notices of a provider."""
    _receivers.pop(provider, None)


@csrf_exempt
def callback_view(request: HttpRequest, provider: str, key: str) -> HttpResponse:
    """Store what a provider sends and answer 200; 404 where the tenant has no such account.

    Where the database does not answer, 503 asks the provider to send it again.
    """
    receiver = _receivers.get(provider)
    if request.method not in _METHODS:
        return HttpResponse("Send GET or POST.\n", status=405, content_type="text/plain")
    try:
        if receiver is None or not receiver.knows(key):
            raise Http404
        _store(request, provider, key)
    except (DatabaseError, InterfaceError, ConnectorException) as error:
        return problems.answer(request, error)
    return HttpResponse("ok\n", content_type="text/plain")


@jobs.task(queue=QUEUE, lock="{callback_id}")
def verify(*, callback_id: str) -> None:
    """Let the provider's own code look at a stored notice; a refused one keeps the reason."""
    with transaction.atomic():
        row = InboundCallback.objects.select_for_update().get(id=callback_id)
        if row.verified_at is not None or row.error:
            return
        try:
            with transaction.atomic():
                _receivers[row.provider].verify(_notice(row))
        except DomainError as refusal:
            row.error = f"{refusal.code}: {refusal.detail}"[:_ERROR_MAX]
        else:
            row.verified_at = clock.now()
        row.save(update_fields=["verified_at", "error"])


def delete_received(*, before: datetime) -> int:
    """Delete a batch of notices that came before an instant; give their number."""
    oldest = InboundCallback.objects.filter(received_at__lt=before).order_by("received_at")
    ids = list(oldest.values_list("id", flat=True)[:DELETE_BATCH])
    deleted, _ = InboundCallback.objects.filter(id__in=ids).delete()
    return deleted


def delete_about(*, provider: str, name: str) -> int:
    """Delete a provider's notices whose body speaks of a name that we gave; give their number.

    They are sealed, so each is opened: for what is done once in a while, such as an erasure.
    """
    rows = InboundCallback.objects.filter(provider=provider)
    found = [row.id for row in rows.iterator() if name.encode() in _notice(row).body]
    deleted, _ = InboundCallback.objects.filter(id__in=found).delete()
    return deleted


def _store(request: HttpRequest, provider: str, key: str) -> None:
    headers = {name.lower(): value for name, value in request.headers.items()}
    content = {
        "method": request.method,
        "query": request.META.get("QUERY_STRING", ""),
        "headers": {name: value for name, value in headers.items() if name not in _LEFT_OUT},
        "body": base64.b64encode(request.body).decode(),
    }
    with transaction.atomic():
        row = InboundCallback.objects.create(
            id=uuid7(), provider=provider, key=key, content=content, received_at=clock.now()
        )
        jobs.defer(verify, callback_id=str(row.id))


def _notice(row: InboundCallback) -> Notice:
    content = row.content
    return Notice(
        id=row.id,
        provider=row.provider,
        key=row.key,
        method=content["method"],
        query=content["query"],
        headers=content["headers"],
        body=base64.b64decode(content["body"]),
        received_at=row.received_at,
    )
