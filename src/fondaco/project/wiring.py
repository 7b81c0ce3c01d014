"""Join what the layers keep apart: the authenticator, the domains' registrations, listeners and tasks.

A domain's ``registration.register()`` tells lower layers what the domain brings (kinds of order, effects of
signatures). Importing its ``events``, ``listeners`` or ``tasks`` registers those.
"""

from importlib import import_module
from importlib.util import find_spec
from typing import Final

from fondaco.apikeys.authenticator import FrontDoor
from fondaco.identity.authenticator import JwtAuthenticator
from fondaco.kit import access
from fondaco.kit.django.api import bodies
from fondaco.project import past_operations

PACKAGES: Final = (
    "kit.django",
    "audit",
    "connections",
    "identity",
    "credentials",
    "ledger",
    "proofs",
    "journal",
    "apikeys",
    "kyc",
    "signing",
    "operators",
    "policies",
    "market",
    "instruments",
    "orders",
    "wallets",
    "exchange",
    "investing",
    "notifications",
    "console",
    "sinks",
    "webhooks",  # last: it listens to the events of all others
)
"""In the order of the layers, lowest first; the kit brings the periodic work on the shared tables."""

_OUTWARD: Final = frozenset({"fondaco.credentials", "fondaco.kyc", "fondaco.notifications"})
"""They register what speaks to devices and companies, with the libraries of each; showing needs none."""

BATCHES: Final = "/api/v1/ledger/transfers"
"""Takes thousands of transfers in one body. Known before the first request loads the paths."""


def install(*, works: bool = True) -> None:
    """Join all parts; doing it twice changes nothing.

    A process that ``works`` not has no listeners and no tasks.
    """
    access.install(FrontDoor(JwtAuthenticator()))
    bodies.allow(BATCHES, lambda chosen: chosen.ledger_body_bytes_max)
    past_operations.register()
    for name in PACKAGES:
        _join(f"fondaco.{name}", works=works)


def _join(package: str, *, works: bool) -> None:
    if (works or package not in _OUTWARD) and find_spec(f"{package}.registration") is not None:
        import_module(f"{package}.registration").register()
    # Whose an event is must be known everywhere.
    for part in ("events", "listeners", "tasks") if works else ("events",):
        if find_spec(f"{package}.{part}") is not None:
            import_module(f"{package}.{part}")
