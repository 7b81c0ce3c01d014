"""What a provider of verification does."""

from dataclasses import dataclass
from typing import Protocol

from fondaco.identity.states import Level
from fondaco.kit.django.callbacks import Notice
from fondaco.kyc.types import Reviewed


@dataclass(frozen=True, slots=True)
class Begun:
    """Say how a verification goes on."""

    applicant: str
    """The provider's own name for it; empty where it has none."""
    link: str
    """Where the person shows documents and face; empty: here, as documents."""


@dataclass(frozen=True, slots=True)
class Told:
    """Hold what a proved notice says."""

    verification: str
    """Our identifier on the wire, which the provider was given."""
    applicant: str
    reviewed: Reviewed


class KycProvider(Protocol):
    """Verify people; stateless."""

    name: str

    def begin(self, *, verification: str, level: Level) -> Begun:
        """Begin, or go on with, the verification of this name; asked again it gives the same applicant.

        :raises ProviderUnavailable: not now
        :raises ProviderRefused: never
        """

    def check(self, *, applicant: str) -> Reviewed:
        """Ask how far it is.

        :raises ProviderUnavailable: not now
        :raises ProviderRefused: it is unknown there
        """

    def read_notice(self, notice: Notice) -> Told | None:
        """Check a notice's digest and give what it says; none where it tells nothing that we need.

        :raises NoticeRefused: it proves nothing
        """
