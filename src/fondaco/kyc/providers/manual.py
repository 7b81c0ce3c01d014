"""Verification by the house itself: documents are shown here, and an operator looks at them."""

from fondaco.identity.states import Level
from fondaco.kit.django.callbacks import Notice
from fondaco.kyc.errors import NoticeRefused, ProviderRefused
from fondaco.kyc.providers.base import Begun, Told
from fondaco.kyc.types import Reviewed


class Manual:
    """Wait for documents and for an operator."""

    name = "manual"

    def begin(self, *, verification: str, level: Level) -> Begun:
        """Wait for documents."""
        del verification, level
        return Begun(applicant="", link="")

    def check(self, *, applicant: str) -> Reviewed:
        """Know nothing but what operators decide.

        :raises ProviderRefused: always
        """
        raise ProviderRefused(f"An operator decides, not {applicant or 'a provider'}.")

    def read_notice(self, notice: Notice) -> Told | None:
        """Take no notices.

        :raises NoticeRefused: always
        """
        raise NoticeRefused(f"{notice.provider} sends no notices.")
