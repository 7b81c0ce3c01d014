"""SumSub as a provider of verification; its words and ours."""

from collections.abc import Mapping
from typing import Any, Final

from fondaco.identity.states import Level
from fondaco.kit import clock
from fondaco.kit.django.callbacks import Notice
from fondaco.kit.options import options
from fondaco.kyc.errors import NoticeRefused, ProviderRefused, ProviderUnavailable
from fondaco.kyc.providers.base import Begun, Told
from fondaco.kyc.states import VerificationState
from fondaco.kyc.types import Reviewed
from fondaco.vendors.sumsub import client, reading, signing
from fondaco.vendors.sumsub.types import Review

_STATES: Final[Mapping[str, VerificationState]] = {
    "init": VerificationState.STARTED,
    "pending": VerificationState.IN_REVIEW,
    "prechecked": VerificationState.IN_REVIEW,
    "queued": VerificationState.IN_REVIEW,
    "onHold": VerificationState.IN_REVIEW,
}
_ANSWERS: Final[Mapping[tuple[str, str], VerificationState]] = {
    ("GREEN", ""): VerificationState.APPROVED,
    ("RED", "FINAL"): VerificationState.REJECTED,
    ("RED", "RETRY"): VerificationState.RETRY,
}
"""By answer and type of rejection; whatever else comes is in review, and never approved."""
_TELLING: Final = frozenset(
    {"applicantPending", "applicantReviewed", "applicantOnHold", "applicantReset"}
)


class SumSubProvider:
    """Send people to SumSub's hosted page and believe its signed webhooks."""

    name = "sumsub"

    def begin(self, *, verification: str, level: Level) -> Begun:
        """Make the applicant, whom SumSub knows by our identifier, and get the page's address.

        :raises ProviderUnavailable: not now
        :raises ProviderRefused: never
        """
        theirs = _level(level)
        review = _asked(
            lambda vendor: vendor.create_applicant(level=theirs, external_user_id=verification)
        )
        link = _asked(lambda vendor: vendor.link(level=theirs, external_user_id=verification))
        return Begun(applicant=review.applicant_id, link=link)

    def check(self, *, applicant: str) -> Reviewed:
        """Ask how far an applicant's review is.

        :raises ProviderUnavailable: not now
        :raises ProviderRefused: he is unknown there
        """
        review = _asked(lambda vendor: vendor.describe_applicant(applicant))
        return Reviewed(state=state_of(review), reason=review.comment, at=clock.now())

    def read_notice(self, notice: Notice) -> Told | None:
        """Check the digest over the raw body, then read it.

        :raises NoticeRefused: another digest, an outdated algorithm, or not to be read
        """
        chosen = options()
        try:
            signing.check_digest(
                secret=chosen.sumsub_webhook_secret.get_secret_value(),
                body=notice.body,
                digest=notice.headers.get("x-payload-digest", ""),
                algorithm=notice.headers.get("x-payload-digest-alg", ""),
                allow_outdated=chosen.sumsub_allow_sha1,
            )
            told = reading.read_webhook(notice.body)
        except (signing.DigestRefused, reading.Malformed) as error:
            raise NoticeRefused(str(error)) from error
        if told.type not in _TELLING:
            return None
        review = told.review
        found = Reviewed(state=state_of(review), reason=review.comment, at=told.created_at)
        return Told(review.external_user_id, review.applicant_id, found)


def state_of(review: Review) -> VerificationState:
    """Give our word for how far a review is; an unknown word of theirs is in review."""
    if review.status == "completed":
        found = _ANSWERS.get((review.answer, review.reject_type))
        return found or VerificationState.IN_REVIEW
    return _STATES.get(review.status, VerificationState.IN_REVIEW)


def _level(level: Level) -> str:
    chosen = options()
    return chosen.sumsub_level_business if level is Level.BUSINESS else chosen.sumsub_level


def _asked(call: Any) -> Any:
    chosen = options()
    vendor = client.SumSub(
        token=chosen.sumsub_token.get_secret_value(),
        secret=chosen.sumsub_secret.get_secret_value(),
        clock_s=lambda: int(clock.now().timestamp()),
        base=chosen.sumsub_url,
    )
    try:
        return call(vendor)
    except client.Unavailable as error:
        raise ProviderUnavailable(retry_after_s=60) from error
    except client.Refused as error:
        raise ProviderRefused from error
