"""What signing registers with itself when the platform starts."""

from fondaco.signing.actions.policies import EFFECT
from fondaco.signing.effects import register as register_effect


def register() -> None:
    """Have changes of policies be signed; doing so again changes nothing."""
    register_effect(EFFECT)
