"""How states look: the word, and whether it is well, waits or went wrong."""

from typing import Final

from django.utils.translation import gettext as _

from fondaco.console.lists import Badge

_GOOD: Final = frozenset(
    {"closed", "done", "approved", "open", "succeeded", "active", "released", "posted", "captured"}
)
_BAD: Final = frozenset(
    {"error", "rejected", "failed", "blocked", "disabled", "refused", "gave_up", "lost"}
)
_WAITING: Final = frozenset(
    {
        "waiting_for_operator",
        "in_review",
        "retry",
        "waiting",
        "cancelling",
        "frozen",
        "stuck",
        "for_operator",
        "needs_operator",
    }
)


def badge_of(state: str) -> Badge:
    """Show a state's stable code as a word with its tone."""
    tone = (
        "good"
        if state in _GOOD
        else "bad"
        if state in _BAD
        else "warn"
        if state in _WAITING
        else ""
    )
    return Badge(_(state.replace("_", " ")), tone)
