"""SumSub's answers and webhooks, in its own words."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Review:
    """Say how far a review is; the words are SumSub's."""

    applicant_id: str
    external_user_id: str
    status: str
    """``init``, ``pending``, ``queued``, ``onHold``, ``completed`` …"""
    answer: str
    """``GREEN`` or ``RED``; empty until there is one."""
    reject_type: str
    """``FINAL`` or ``RETRY`` beside ``RED``."""
    comment: str
    """What may be shown to the applicant; the comment for the client is left out on purpose."""


@dataclass(frozen=True, slots=True)
class Webhook:
    """Hold one webhook whose digest was right."""

    type: str
    """``applicantReviewed``, ``applicantPending`` …"""
    created_at: datetime
    """When SumSub wrote it; later ones count more, whatever the order of their arrival."""
    review: Review
