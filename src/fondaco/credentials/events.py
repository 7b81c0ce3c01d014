"""What happens to log-ins, in the past tense."""

from dataclasses import dataclass

from fondaco.kit.django.events import HOUSE, DomainEvent, event


@event("credentials.login.locked", version=1, concerns=HOUSE)
@dataclass(frozen=True, slots=True, kw_only=True)
class GuessingStopped(DomainEvent):
    """Somebody guessed at a user's password until it was taken no more for a while."""

    user: str

    @property
    def subject(self) -> str:
        """Name the user."""
        return self.user
