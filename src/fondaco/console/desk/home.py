"""The desk: where each page of rules and machinery is, as far as one's rights reach."""

from typing import Final

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _, gettext_lazy

from fondaco.console.pages import Answer, Page, page
from fondaco.kit import clock
from fondaco.kit.access import STAFF, Principal
from fondaco.operators.rights import Right
from fondaco.policies.queries.risk import list_cases
from fondaco.policies.queries.stops import list_stops
from fondaco.policies.states import CaseState
from fondaco.signing.queries import list_waiting
from fondaco.signing.shapes import person_of

_Entry = tuple[str, str | Promise, str | Promise, str]
_GROUPS: Final[tuple[tuple[str | Promise, tuple[_Entry, ...]], ...]] = (
    (
        gettext_lazy("Decide"),
        (
            (
                "desk-signatures",
                gettext_lazy("Signatures"),
                gettext_lazy("What waits for you, and what the house signed."),
                "",
            ),
            (
                "desk-risk",
                gettext_lazy("Fraud queue"),
                gettext_lazy("What is held as suspicious."),
                Right.RISK_READ,
            ),
            (
                "desk-stops",
                gettext_lazy("Stops"),
                gettext_lazy("Stop what goes wrong; two let it go on."),
                Right.POLICIES_READ,
            ),
            (
                "desk-adjustments",
                gettext_lazy("Adjustments"),
                gettext_lazy("Mend the books, with reason and evidence."),
                Right.LEDGER_ADJUST,
            ),
        ),
    ),
    (
        gettext_lazy("Rules"),
        (
            (
                "desk-policies",
                gettext_lazy("Policies"),
                gettext_lazy("Limits, fees and permissions, and why they apply."),
                Right.POLICIES_READ,
            ),
            (
                "desk-fraud-rules",
                gettext_lazy("Rules against fraud"),
                gettext_lazy("What is looked for."),
                Right.RISK_READ,
            ),
            (
                "desk-pairs",
                gettext_lazy("Pairs and prices"),
                gettext_lazy("Currencies, sources, formulas."),
                Right.MARKET_READ,
            ),
            (
                "desk-assets",
                gettext_lazy("Shares and funds"),
                gettext_lazy("Prices, dividends, splits."),
                Right.INVESTING_MANAGE,
            ),
            (
                "desk-settings",
                gettext_lazy("Settings"),
                gettext_lazy("Rate limits, sites that may call, time zone."),
                Right.POLICIES_READ,
            ),
        ),
    ),
    (
        gettext_lazy("Machinery"),
        (
            (
                "desk-providers",
                gettext_lazy("Providers"),
                gettext_lazy("How they answer, and what they hold."),
                Right.CONNECTIONS_READ,
            ),
            (
                "desk-jobs",
                gettext_lazy("Jobs"),
                gettext_lazy("What failed in the background."),
                Right.JOBS_READ,
            ),
            (
                "desk-templates",
                gettext_lazy("Words of notices"),
                gettext_lazy("Templates with preview and versions."),
                Right.NOTIFICATIONS_READ,
            ),
            (
                "desk-messages",
                gettext_lazy("Messages"),
                gettext_lazy("What was sent to whom."),
                Right.NOTIFICATIONS_READ,
            ),
            (
                "desk-mailings",
                gettext_lazy("Mailings"),
                gettext_lazy("Letters to many."),
                Right.NOTIFICATIONS_READ,
            ),
            (
                "desk-webhooks",
                gettext_lazy("Webhooks"),
                gettext_lazy("Where customers' events go, and how that fared."),
                Right.CUSTOMERS_READ,
            ),
        ),
    ),
    (
        gettext_lazy("House"),
        (
            (
                "desk-people",
                gettext_lazy("People and rights"),
                gettext_lazy("Who works for the house."),
                Right.OPERATORS_READ,
            ),
            (
                "desk-audit",
                gettext_lazy("Audit"),
                gettext_lazy("What was done, by whom, to what."),
                Right.AUDIT_READ,
            ),
        ),
    ),
)


@page(*STAFF)
def desk(_request: HttpRequest, visitor: Principal) -> Answer:
    """Show every page that one may see, and how much waits there."""
    counts = _counts(visitor)
    groups = [
        (
            label,
            [
                (reverse(f"console:{name}"), title, lead, counts.get(name, 0))
                for name, title, lead, right in entries
                if not right or visitor.can(right)
            ],
        )
        for label, entries in _GROUPS
    ]
    found = [(label, entries) for label, entries in groups if entries]
    return Page("desk/desk.html", {"title": _("Desk"), "groups": found})


def _counts(visitor: Principal) -> dict[str, int]:
    """Count what waits."""
    found = {
        "desk-signatures": len(list_waiting(person=person_of(visitor), at=clock.now())),
    }
    if visitor.can(Right.RISK_READ):
        found["desk-risk"] = len(list_cases(state=CaseState.WAITING).items)
    if visitor.can(Right.POLICIES_READ):
        found["desk-stops"] = len(list_stops())
    return found
