"""``/operator/opening-balances``: what the books begin with."""

from typing import Annotated, Final, Self
from uuid import UUID

from django.http import HttpRequest
from pydantic import Field

from fondaco.journal.actions.openings import OPENING_PREFIX, import_balances
from fondaco.journal.openings import Fault, Opening, Posting
from fondaco.kit.access import require
from fondaco.kit.django.api.auth import principal, staff
from fondaco.kit.django.api.router import Router
from fondaco.kit.django.api.schemas import Strict, WireId
from fondaco.kit.errors import SignatureRequired

router = Router(auth=staff, tags=["journal"])

_ADJUST: Final = "ledger:adjust"


class OpeningIn(Strict):
    """Take a file of opening balances."""

    file: str = Field(
        min_length=1,
        description="CSV: a head out of account, customer, currency, amount, kind, memo, then a line each.",
    )
    dry_run: bool = Field(default=True, description="Show what would be posted, and post nothing.")


class FaultOut(Strict):
    """Show what is wrong with a line."""

    line: int
    field: str
    reason: str

    @classmethod
    def of(cls, fault: Fault) -> Self:
        """Show a fault."""
        return cls(line=fault.line, field=fault.field, reason=fault.reason)


class PostingOut(Strict):
    """Show what a line posts."""

    line: int
    debit: str
    credit: str
    amount: str
    currency: str

    @classmethod
    def of(cls, posting: Posting) -> Self:
        """Show a posting."""
        return cls(
            line=posting.line,
            debit=posting.debit,
            credit=posting.credit,
            amount=posting.amount,
            currency=posting.currency,
        )


class OpeningOut(Strict):
    """Show what came of a file."""

    id: Annotated[UUID, WireId(OPENING_PREFIX)] | None = Field(
        description="Null: nothing is posted."
    )
    is_replay: bool = Field(description="The same file was posted before; nothing was posted now.")
    faults: list[FaultOut]
    postings: list[PostingOut]
    totals: dict[str, str]

    @classmethod
    def of(cls, opening: Opening) -> Self:
        """Show an outcome."""
        return cls(
            id=opening.file_id,
            is_replay=opening.is_replay,
            faults=[FaultOut.of(one) for one in opening.faults],
            postings=[PostingOut.of(one) for one in opening.postings],
            totals=dict(opening.totals),
        )


@router.post("/opening-balances", errors=(SignatureRequired,))
def post_opening_balances(request: HttpRequest, body: OpeningIn) -> OpeningOut:
    """Show what a file of opening balances would post, or post it: all of it or nothing, and once."""
    by = require(principal(request), _ADJUST).actor
    return OpeningOut.of(import_balances(text=body.file, is_dry=body.dry_run, by=by))
