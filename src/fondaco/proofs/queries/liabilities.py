"""Read proofs of liabilities: the public roots, and what proves to one customer that he is counted."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from uuid import UUID

from fondaco.kit.errors import NotFound
from fondaco.kit.ids import encode
from fondaco.kit.paging import LIMIT_DEFAULT, Cursor, Page, page
from fondaco.ledger.queries import get_accounts
from fondaco.ledger.types import AccountId
from fondaco.money import Asset, Money
from fondaco.proofs import liabilities_tree as tree
from fondaco.proofs.liabilities import (
    CUSTOMER_PREFIX,
    Inclusion,
    OwnProof,
    Part,
    Report,
    ReportId,
    Root,
)
from fondaco.proofs.models import LiabilityLeaf, LiabilityNodes, LiabilityReport, LiabilityRoot


def list_reports(
    *,
    customer_id: UUID | None = None,
    after: Cursor | None = None,
    limit: int = LIMIT_DEFAULT,
) -> Page[Report]:
    """Give one page of reports, newest first; with a customer those that he can still check."""
    rows = LiabilityReport.objects.prefetch_related("roots").order_by("-at", "-id")
    if customer_id is not None:
        own = LiabilityLeaf.objects.filter(customer_id=customer_id)
        rows = rows.filter(id__in=own.values("root__report_id"))
    if after is not None:
        rows = rows.filter(at__lte=after.at).exclude(at=after.at, id__gte=after.id)
    reports = [_report(row) for row in rows[: limit + 1]]
    return page(reports, limit=limit, key=lambda one: Cursor(one.at, one.id))


def get_report(*, report_id: ReportId) -> Report:
    """Give one report.

    :raises NotFound: there is none
    """
    return _report(_get_row(report_id))


def prove_inclusion(*, report_id: ReportId, customer_id: UUID) -> OwnProof:
    """Give what proves to a customer that all his balances are in the sums.

    :raises NotFound: there is no such report, he is not in it, or its trees are gone
    """
    row = _get_row(report_id)
    roots = {root.pk: root for root in row.roots.all()}
    leaves = LiabilityLeaf.objects.filter(root_id__in=roots, customer_id=customer_id)
    by_account: dict[tuple[int, int], list[LiabilityLeaf]] = defaultdict(list)
    for one in leaves.order_by("root__asset", "account_id", "part"):
        by_account[one.root_id, one.account_id].append(one)
    if not by_account:
        raise NotFound("The report has no proof for you: you had no account, or it is too old.")
    accounts = get_accounts({AccountId(account) for _, account in by_account})
    climber = _Climber(bytes.fromhex(row.secret), encode(CUSTOMER_PREFIX, customer_id))
    inclusions = [
        climber.prove(roots[root], accounts[AccountId(account)].code, parts)
        for (root, account), parts in by_account.items()
    ]
    return OwnProof(report=_report(row), customer_id=customer_id, inclusions=inclusions)


class _Climber:
    """Find the ways from leaves to roots, reading each chunk once."""

    def __init__(self, secret: bytes, customer: str) -> None:
        self._secret = secret
        self._customer = customer
        self._chunks: dict[tuple[int, int], list[tree.Node]] = {}

    def prove(
        self, root: LiabilityRoot, account: str, leaves: Iterable[LiabilityLeaf]
    ) -> Inclusion:
        parts = [self._part(root, account, one) for one in leaves]
        amount = Money(sum(part.amount for part in parts), Asset(root.asset, root.scale))
        return Inclusion(account=account, amount=amount, parts=parts)

    def _part(self, root: LiabilityRoot, account: str, leaf: LiabilityLeaf) -> Part:
        number, index = divmod(leaf.position, tree.CHUNK)
        chunk = self._chunk(root, number)
        return Part(
            number=leaf.part,
            amount=int(leaf.amount),
            salt=tree.salt_of(
                self._secret, customer=self._customer, account=account, part=leaf.part
            ),
            position=leaf.position,
            siblings=[
                *tree.path(chunk, index),
                *tree.path(tree.unpack(bytes(root.top)), number),
            ],
        )

    def _chunk(self, root: LiabilityRoot, number: int) -> list[tree.Node]:
        key = (root.pk, number)
        if key not in self._chunks:
            row = LiabilityNodes.objects.get(root=root, number=number)
            self._chunks[key] = tree.unpack(bytes(row.nodes))
        return self._chunks[key]


def _get_row(report_id: ReportId) -> LiabilityReport:
    row = LiabilityReport.objects.prefetch_related("roots").filter(pk=report_id).first()
    if row is None:
        raise NotFound("There is no such proof.")
    return row


def _report(row: LiabilityReport) -> Report:
    return Report(id=ReportId(row.id), at=row.at, roots=_roots(list(row.roots.all())))


def _roots(rows: Sequence[LiabilityRoot]) -> list[Root]:
    return [
        Root(
            hash=bytes(row.hash),
            total=Money(int(row.total), Asset(row.asset, row.scale)),
            depth=row.depth,
        )
        for row in sorted(rows, key=lambda row: row.asset)
    ]
