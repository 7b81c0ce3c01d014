"""Payment requests."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from fondaco.kit.errors import NotFound
from fondaco.kit.paging import LIMIT_DEFAULT, Cursor, Page, page
from fondaco.money import Asset, Money
from fondaco.wallets.models import PaymentRequest as Row
from fondaco.wallets.states import RequestState
from fondaco.wallets.types import PaymentRequest, RequestId, WalletId


def get_request(*, request_id: RequestId, customer_id: UUID) -> PaymentRequest:
    """Give a request that the customer has made or shall pay.

    :raises NotFound: there is none
    """
    row = Row.objects.filter(_of(customer_id), id=request_id).first()
    if row is None:
        raise NotFound
    return describe_request(row)


def list_requests(
    *,
    customer_id: UUID,
    state: RequestState | None = None,
    after: Cursor | None = None,
    limit: int = LIMIT_DEFAULT,
) -> Page[PaymentRequest]:
    """Give requests that the customer has made or shall pay, newest first."""
    rows = Row.objects.filter(_of(customer_id)).order_by("-id")
    if state is not None:
        rows = rows.filter(state=state)
    if after is not None:
        rows = rows.filter(id__lt=after.id)
    found = [describe_request(row) for row in rows[: limit + 1]]
    return page(found, limit=limit, key=lambda asked: Cursor(asked.created_at, asked.id))


def list_overdue(*, at: datetime, limit: int) -> Sequence[RequestId]:
    """Give open requests whose time has passed, the longest overdue first."""
    rows = Row.objects.filter(state=RequestState.ASKED, expires_at__lte=at).order_by("expires_at")
    return [RequestId(found) for found in rows.values_list("id", flat=True)[:limit]]


def describe_request(row: Row) -> PaymentRequest:
    """Turn a row into what crosses the border."""
    return PaymentRequest(
        id=RequestId(row.id),
        wallet_id=WalletId(row.wallet_id),
        asker_id=row.asker_id,
        payer_id=row.payer_id,
        amount=Money(int(row.amount_minor), Asset.parse(row.currency)),
        summary=row.summary,
        state=RequestState(row.state),
        order_id=row.order_id,
        created_at=row.created_at,
        expires_at=row.expires_at,
    )


def _of(customer_id: UUID) -> Q:
    return Q(asker_id=customer_id) | Q(payer_id=customer_id)
