"""``/proofs`` and ``/me/proofs``: what the house owes, for everybody, and each customer's own proof of it."""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Final, Self
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Query
from pydantic import Field

from fondaco.kit.access import require, require_customer
from fondaco.kit.django.api.auth import principal, signed_in
from fondaco.kit.django.api.lists import Listing, Paging, paged
from fondaco.kit.django.api.router import Router
from fondaco.kit.django.api.schemas import Strict, WireId
from fondaco.proofs import verify_inclusion
from fondaco.proofs.liabilities import (
    CUSTOMER_PREFIX,
    REPORT_PREFIX,
    Inclusion,
    OwnProof,
    Part,
    Report,
    ReportId,
    Root,
)
from fondaco.proofs.liabilities_tree import Node
from fondaco.proofs.queries import liabilities as queries

public = Router(auth=None, tags=["liabilities"])
mine = Router(tags=["liabilities"])

ReportWireId = Annotated[UUID, WireId(REPORT_PREFIX)]
_VERIFIER: Final = Path(verify_inclusion.__file__).read_text(encoding="utf-8")
_READ: Final = "wallets:read"


class RootOut(Strict):
    """Show the root of one asset."""

    currency: str = Field(examples=["USD"])
    scale: int
    hash: str = Field(description="SHA-256 in hexadecimal digits.")
    total: str = Field(description="What the house owes to all customers together.")
    total_minor: str
    depth: int = Field(description="Levels below the root; the tree is padded to a power of two.")

    @classmethod
    def of(cls, root: Root) -> Self:
        """Show a root."""
        return cls(
            currency=root.total.asset.code,
            scale=root.total.asset.scale,
            hash=root.hash.hex(),
            total=root.total.to_text(),
            total_minor=str(root.total.minor),
            depth=root.depth,
        )


class ReportOut(Strict):
    """Show one proof of liabilities, as everybody may see it."""

    id: ReportWireId
    at: datetime
    roots: list[RootOut]

    @classmethod
    def of(cls, report: Report) -> Self:
        """Show a report."""
        return cls(id=report.id, at=report.at, roots=[RootOut.of(root) for root in report.roots])


class LiabilitySiblingOut(Strict):
    """Show a node on the way to the root."""

    hash: str
    sum_minor: str

    @classmethod
    def of(cls, node: Node) -> Self:
        """Show a node."""
        return cls(hash=node.hash.hex(), sum_minor=str(node.sum))


class LiabilityPartOut(Strict):
    """Show one leaf and its way to the root."""

    number: int
    amount_minor: str
    salt: str
    position: int
    siblings: list[LiabilitySiblingOut]

    @classmethod
    def of(cls, part: Part) -> Self:
        """Show a leaf."""
        return cls(
            number=part.number,
            amount_minor=str(part.amount),
            salt=part.salt.hex(),
            position=part.position,
            siblings=[LiabilitySiblingOut.of(node) for node in part.siblings],
        )


class InclusionOut(Strict):
    """Show one account; its balance is cut into parts that stand at random places."""

    account: str = Field(examples=["wallets:wal_…:USD"])
    currency: str
    amount: str
    amount_minor: str
    parts: list[LiabilityPartOut]

    @classmethod
    def of(cls, inclusion: Inclusion) -> Self:
        """Show an account."""
        return cls(
            account=inclusion.account,
            currency=inclusion.amount.asset.code,
            amount=inclusion.amount.to_text(),
            amount_minor=str(inclusion.amount.minor),
            parts=[LiabilityPartOut.of(part) for part in inclusion.parts],
        )


class OwnProofOut(Strict):
    """Show to a customer what proves that he is counted; nobody else needs to see it."""

    report: ReportWireId
    at: datetime
    customer: Annotated[UUID, WireId(CUSTOMER_PREFIX)]
    accounts: list[InclusionOut]

    @classmethod
    def of(cls, proof: OwnProof) -> Self:
        """Show a proof."""
        return cls(
            report=proof.report.id,
            at=proof.report.at,
            customer=proof.customer_id,
            accounts=[InclusionOut.of(one) for one in proof.inclusions],
        )


@public.get("")
def list_proofs(request: HttpRequest, paging: Query[Paging]) -> Listing[ReportOut]:
    """List what the house has committed itself to owe, newest first; for everybody."""
    del request
    return paged(
        paging,
        lambda after, limit: queries.list_reports(after=after, limit=limit),
        ReportOut.of,
    )


@public.get("/verifier.py")
def download_verifier(request: HttpRequest) -> HttpResponse:
    """Give the program that checks an own proof: one file of Python that needs nothing else."""
    del request
    answer = HttpResponse(_VERIFIER, content_type="text/x-python; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="verify_inclusion.py"'
    return answer


@public.get("/{report_id}")
def show_proof(request: HttpRequest, report_id: ReportWireId) -> ReportOut:
    """Show one proof of liabilities; for everybody."""
    del request
    return ReportOut.of(queries.get_report(report_id=ReportId(report_id)))


@public.get("/{report_id}/mine", auth=signed_in)
def show_own_proof(request: HttpRequest, report_id: ReportWireId) -> OwnProofOut:
    """Give what proves to the caller that each of his balances is in the published sum."""
    customer = require_customer(require(principal(request), _READ))
    proof = queries.prove_inclusion(report_id=ReportId(report_id), customer_id=customer)
    return OwnProofOut.of(proof)


@mine.get("")
def list_own_proofs(request: HttpRequest, paging: Query[Paging]) -> Listing[ReportOut]:
    """List the proofs in which the caller is counted and which he can check, newest first."""
    customer = require_customer(require(principal(request), _READ))
    return paged(
        paging,
        lambda after, limit: queries.list_reports(customer_id=customer, after=after, limit=limit),
        ReportOut.of,
    )
