"""What happens to endpoints, in the past tense; no event holds a secret."""

from dataclasses import dataclass

from fondaco.kit.django.events import DomainEvent, event


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointEvent(DomainEvent):
    """What happened to one endpoint; declared below under its own name."""

    endpoint: str
    customer: str

    @property
    def subject(self) -> str:
        """Name the endpoint."""
        return self.endpoint


@event("webhooks.endpoint.made", version=1, concerns=("customer",))
@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointMade(EndpointEvent):
    """A customer wants to be told of events."""


@event("webhooks.endpoint.deleted", version=1, concerns=("customer",))
@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointDeleted(EndpointEvent):
    """Nothing is sent to the endpoint any more."""


@event("webhooks.endpoint.disabled", version=1, concerns=("customer",))
@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointSwitchedOff(EndpointEvent):
    """Nothing is sent to the endpoint until its owner enables it."""

    reason: str


@event("webhooks.endpoint.failing", version=1, concerns=("customer",))
@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointFailing(EndpointEvent):
    """Many tries in a row have failed; said once, until one succeeds. Sending goes on."""

    host: str
    """Where the receiver is; the whole address may hold a secret."""
    failures: int
    """Tries that failed in a row."""
    answer: str
    """What the last one came to: a status, or why nobody answered."""


@event("webhooks.endpoint.enabled", version=1, concerns=("customer",))
@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointSwitchedOn(EndpointEvent):
    """Events go to the endpoint again, from now on."""


@event("webhooks.secret.rotated", version=1, concerns=("customer",))
@dataclass(frozen=True, slots=True, kw_only=True)
class SecretRotated(EndpointEvent):
    """The endpoint has another secret; the one before signs for a while beside it."""
