"""The tour's chapter about mistakes: each is answered with a stable code, and moves nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from tools.guide import Ask, Guide, Person, new_key

NOBODYS_TOKEN: Final = "wt_" + "0" * 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """A charge that is asked for wrongly."""

    says: str
    status: int
    code: str
    names: str | None = None
    """The field that the answer names."""
    by: str = "shop"
    """Who asks: the company, the client (``ada``) or ``nobody``."""
    has_key: bool = True
    change: Mapping[str, str] = field(default_factory=dict)
    """What differs from a good request."""


MISTAKES: Final = (
    Mistake(says="Without logging in.", status=401, code="unauthenticated", by="nobody"),
    Mistake(
        says="Without a key: a lost answer could then cost twice.",
        status=400,
        code="idempotency_key_required",
        has_key=False,
    ),
    Mistake(says="Clients do not charge.", status=403, code="forbidden", by="ada"),
    Mistake(
        says="A tenth of a cent does not exist.",
        status=422,
        code="invalid_field",
        names="amount",
        change={"amount": "1.001"},
    ),
    Mistake(
        says="Less than nothing cannot be charged.",
        status=422,
        code="invalid_field",
        names="amount",
        change={"amount": "-1.00"},
    ),
    Mistake(
        says="A field that is misspelt is not ignored.",
        status=422,
        code="unknown_field",
        names="sumary",
        change={"sumary": "A map"},
    ),
    Mistake(
        says="A token that nobody has.",
        status=404,
        code="not_found",
        change={"wallet": NOBODYS_TOKEN},
    ),
)


def make(guide: Guide, ada: Person, shop: Person) -> None:
    """Make the mistakes that newcomers make."""
    guide.chapter("Mistakes, and how they are answered")
    own = Mistake(
        says="A company does not charge itself.",
        status=409,
        code="own_wallet",
        change={"wallet": shop.wallet},
    )
    tokens = {"shop": shop.token, "ada": ada.token, "nobody": None}
    for mistake in (*MISTAKES, own):
        named = {} if mistake.names is None else {"field": mistake.names}
        guide.ask(
            Ask(
                says=mistake.says,
                path="/charges",
                status=mistake.status,
                body={"wallet": ada.wallet, "amount": "1.00", **mistake.change},
                token=tokens[mistake.by],
                key=new_key("mistake") if mistake.has_key else None,
                expected={"code": mistake.code, **named},
            )
        )
    look_into_another_wallet(guide, ada, shop)


def look_into_another_wallet(guide: Guide, ada: Person, shop: Person) -> None:
    """Ask for what belongs to somebody else."""
    guide.ask(
        Ask(
            says="Somebody else's wallet: it might as well not exist.",
            method="GET",
            path=f"/wallets/{shop.wallet}",
            status=404,
            token=ada.token,
            expected={"code": "not_found"},
        )
    )
