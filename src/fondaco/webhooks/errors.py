"""What webhooks refuse.

DomainError
├── TooManyEndpoints
├── EndpointDisabled     nothing is sent there before it is enabled again
└── UnknownEvent         the event to go on after is not the customer's, or gone
"""

from fondaco.kit.errors import DomainError, Kind


class TooManyEndpoints(DomainError):
    """Say that the customer has as many endpoints as one may have."""

    code = "too_many_endpoints"
    kind = Kind.CONFLICT
    title = "Delete an endpoint that is not used any more first."


class EndpointDisabled(DomainError):
    """Say that nothing is sent to the endpoint."""

    code = "endpoint_disabled"
    kind = Kind.CONFLICT
    title = "The endpoint is disabled. Enable it first."


class UnknownEvent(DomainError):
    """Say that reading cannot go on after this event."""

    code = "unknown_event"
    kind = Kind.INVALID
    title = "You have no such event, or it is kept no longer."
