"""What realtime refuses.

DomainError
├── UnknownTopic         nothing is shown under this name
├── TopicNotOffered      the name is known, and nothing behind it yet
├── AlreadySubscribed    a topic is shown once
├── TooManyTopics
├── UnknownPlace         the place to go on from is none of the subscriber's
└── PlaceTooFar          so much happened since that it must be read over the API
"""

from fondaco.kit.errors import DomainError, Kind


class UnknownTopic(DomainError):
    """Say that nothing is shown under this name."""

    code = "unknown_topic"
    kind = Kind.INVALID
    title = "There is no such topic."


class TopicNotOffered(DomainError):
    """Say that there is no conversation to follow."""

    code = "topic_not_offered"
    kind = Kind.NOT_FOUND
    title = "There is no such conversation here."


class AlreadySubscribed(DomainError):
    """Say that the topic is shown already, so that nothing comes twice."""

    code = "already_subscribed"
    kind = Kind.CONFLICT
    title = "You have subscribed to this already."


class TooManyTopics(DomainError):
    """Say that one socket follows as many topics as it may."""

    code = "too_many_topics"
    kind = Kind.CONFLICT
    title = "Unsubscribe from a topic first, or open another socket."


class UnknownPlace(DomainError):
    """Say that going on after this event is not possible."""

    code = "unknown_place"
    kind = Kind.INVALID
    title = "You have no such event, or it is kept no longer."


class PlaceTooFar(DomainError):
    """Say that too much has happened since."""

    code = "place_too_far"
    kind = Kind.CONFLICT
    title = "Too much has happened since. Read your events over the API, and subscribe anew."
