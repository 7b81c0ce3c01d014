"""What operators tell lower layers when the platform starts."""

from fondaco.ledger.actions.rights import guard_adjustments
from fondaco.operators.proposals import PROVIDER_EFFECT
from fondaco.operators.signed import EFFECTS, check_adjusted_alone
from fondaco.signing.effects import register as register_effect


def register() -> None:
    """Have changes of rights, adjustments and provider accounts be signed; again changes nothing."""
    for effect in (*EFFECTS, PROVIDER_EFFECT):
        register_effect(effect)
    guard_adjustments(check_adjusted_alone)
