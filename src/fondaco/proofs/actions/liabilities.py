"""Make proofs of liabilities: a snapshot of what the house owes, a tree for each asset, its public root."""

import secrets
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import connection, transaction

from fondaco.audit import actions as audit
from fondaco.kit import clock
from fondaco.kit.access import Actor
from fondaco.kit.django import events
from fondaco.kit.django.arrays import plain_array
from fondaco.kit.django.snapshots import snapshot
from fondaco.kit.ids import encode, uuid7
from fondaco.kit.options import options
from fondaco.ledger.queries.balances import stream_liabilities
from fondaco.ledger.types import AccountId
from fondaco.money import Asset
from fondaco.proofs import liabilities_tree as tree
from fondaco.proofs.events import LiabilitiesPublished
from fondaco.proofs.liabilities import CUSTOMER_PREFIX, REPORT_PREFIX, ReportId, find_owners
from fondaco.proofs.liabilities_tree import Node, Secret
from fondaco.proofs.models import LiabilityLeaf, LiabilityNodes, LiabilityReport, LiabilityRoot

_SECRET_BYTES: Final = 32
_INSERT_AT_ONCE: Final = 10_000
_INSERT_LEAVES: Final = """
    INSERT INTO proofs_liability_leaf (root_id, customer_id, account_id, part, position, amount)
    SELECT %s, * FROM unnest(%s::uuid[], %s::bigint[], %s::smallint[], %s::integer[], %s::numeric[])
"""


@dataclass(frozen=True, slots=True)
class _Debt:
    """Hold what the house owes to one customer on one account."""

    account_id: AccountId
    code: str
    customer_id: UUID
    amount: int


@dataclass(frozen=True, slots=True)
class _Place:
    """Hold where a part of a debt stands."""

    debt: _Debt
    part: int
    position: int
    amount: int


def make_liability_report(*, by: Actor) -> ReportId:
    """Prove what the house owes at this moment, publish the roots, and keep the trees for customers.

    An overdrawn account counts as nothing: what a customer owes never makes the debt to others smaller.

    :raises RuntimeError: a transaction is open, in which no snapshot can be taken
    """
    with snapshot():
        debts = _read_debts()
        at = clock.now()
    report_id, secret = ReportId(uuid7()), secrets.token_bytes(_SECRET_BYTES)
    with transaction.atomic():
        report = LiabilityReport.objects.create(id=report_id, at=at, secret=secret.hex())
        roots = {
            asset.code: _write_tree(report, asset, secret, debts[asset]).hash.hex()
            for asset in sorted(debts, key=str)
        }
        wire = encode(REPORT_PREFIX, report_id)
        audit.record(by=by, action="proofs.liabilities.publish", subject=wire, detail=roots)
        events.publish(LiabilitiesPublished(report=wire, roots=roots), by=by)
    return report_id


def forget_trees(*, now: datetime) -> int:
    """Take the trees of old reports away, as the options say; the roots stay. Gives the number of reports."""
    before = now - timedelta(days=options().retention_proofs_days)
    with transaction.atomic():
        rows = LiabilityReport.objects.select_for_update().filter(at__lt=before, forgotten_at=None)
        ids = list(rows.values_list("id", flat=True))
        for table in (LiabilityLeaf, LiabilityNodes):
            table.objects.filter(root__report_id__in=ids).delete()
        LiabilityReport.objects.filter(id__in=ids).update(forgotten_at=now)
    return len(ids)


def _read_debts() -> dict[Asset, list[_Debt]]:
    owners = find_owners()
    debts: dict[Asset, list[_Debt]] = defaultdict(list)
    for account_id, code, posted in stream_liabilities():
        customer = owners.get(account_id)
        if customer is not None:
            debts[posted.asset].append(_Debt(account_id, code, customer, max(posted.minor, 0)))
    return debts


def _write_tree(
    report: LiabilityReport, asset: Asset, secret: bytes, debts: Sequence[_Debt]
) -> Node:
    size = tree.size_for(len(debts) * tree.PARTS)
    places = list(_places(debts, size))
    leaves: list[Node | None] = [None] * size
    for place in places:
        leaves[place.position] = tree.leaf(_said(report, asset, secret, place))
    nodes = [one or tree.padding() for one in leaves]
    chunks = list(tree.chunks(nodes))
    tops = [tree.root(chunk) for chunk in chunks]
    top = tree.root(tops)
    row = LiabilityRoot.objects.create(
        report=report,
        asset=asset.code,
        scale=asset.scale,
        hash=top.hash,
        total=top.sum,
        depth=size.bit_length() - 1,
        top=tree.pack(tops),
    )
    LiabilityNodes.objects.bulk_create(
        (
            LiabilityNodes(root=row, number=number, nodes=tree.pack(chunk))
            for number, chunk in enumerate(chunks)
        ),
        batch_size=64,
    )
    _insert_places(row, places)
    return top


def _places(debts: Iterable[_Debt], size: int) -> Iterator[_Place]:
    positions = iter(tree.shuffled(size))
    for debt in debts:
        for part, amount in enumerate(tree.split(debt.amount)):
            yield _Place(debt, part, next(positions), amount)


def _said(report: LiabilityReport, asset: Asset, secret: bytes, place: _Place) -> Secret:
    customer = encode(CUSTOMER_PREFIX, place.debt.customer_id)
    account = place.debt.code
    return Secret(
        report=encode(REPORT_PREFIX, report.id),
        asset=asset.code,
        salt=tree.salt_of(secret, customer=customer, account=account, part=place.part),
        customer=customer,
        account=account,
        part=place.part,
        amount=place.amount,
    )


def _insert_places(root: LiabilityRoot, places: Sequence[_Place]) -> None:
    with connection.cursor() as cursor:
        for at in range(0, len(places), _INSERT_AT_ONCE):
            some = places[at : at + _INSERT_AT_ONCE]
            cursor.execute(
                _INSERT_LEAVES,
                [
                    root.pk,
                    plain_array(one.debt.customer_id for one in some),
                    plain_array(one.debt.account_id for one in some),
                    plain_array(one.part for one in some),
                    plain_array(one.position for one in some),
                    plain_array(one.amount for one in some),
                ],
            )
