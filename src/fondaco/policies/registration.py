"""What policies declare to the layers below when the process starts."""

from fondaco.kit.django.api import cors, throttle
from fondaco.policies import house
from fondaco.policies.signed import EFFECTS
from fondaco.signing.effects import register as register_effect


def register() -> None:
    """Have changes be signed, and rows be asked for rate limits and origins; again changes nothing."""
    for effect in EFFECTS:
        register_effect(effect)
    throttle.ask_first(house.find_windows)
    cors.ask_first(house.find_origins)
