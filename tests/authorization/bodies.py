"""What policies and provider accounts are asked with; nothing of it reaches other tests."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from fondaco.identity.tests.people import unique

_RULE: Final = {"operation": "portfolio_order", "currency": "XTS", "values": {"max": "1"}}
"""About a currency that nobody has, so that it holds for nobody."""

POLICIES: Final[Mapping[str, Callable[[Any], Any]]] = {
    "POST /operator/policies/rule-proposals": lambda _: _RULE,
    "POST /operator/policies/dry-runs": lambda _: {**_RULE, "days": 1},
    "POST /operator/policies/setting-proposals": lambda _: {
        "name": "rate_anonymous",
        "value": None,
    },
    "POST /operator/policies/stops": lambda _: {
        "scope": "provider",
        "value": unique("nobody"),
        "reason": "an incident",
    },
    "POST /operator/risk/rule-proposals": lambda _: {
        "name": "often",
        "kind": "velocity",
        "operation": "portfolio_order",
        "verdict": "allow",
        "parameters": {"window_s": 60, "count_max": 1000},
    },
    "POST /operator/risk/cases/{case_id}/release": lambda _: {"note": "known"},
    "POST /operator/risk/cases/{case_id}/reject": lambda _: {"note": "unknown"},
    "POST /operator/provider-accounts/proposals": lambda _: {
        "family": "exchange",
        "kind": "kraken",
        "label": unique("account"),
        "environment": "sandbox",
        "credentials": {"key": "a key", "secret": "a secret"},
    },
}
