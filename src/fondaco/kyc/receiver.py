"""Takes providers' notices under ``/callbacks/{provider}/{key}``; a job calls it."""

from typing import Final

from fondaco.kit import ids
from fondaco.kit.access import Actor, ActorKind
from fondaco.kit.django import tenancy
from fondaco.kit.django.callbacks import Notice
from fondaco.kit.django.keys import keyed_digests
from fondaco.kit.ids import InvalidId
from fondaco.kyc import actions
from fondaco.kyc.errors import NoticeRefused
from fondaco.kyc.providers.base import KycProvider
from fondaco.kyc.types import VERIFICATION_PREFIX

_KEY_DIGITS: Final = 32


def callback_keys(provider: str) -> list[str]:
    """Give the keys of the present tenant's path for a provider, the current one first."""
    name = f"{provider}:{tenancy.current().name}"
    return [digest.hex()[:_KEY_DIGITS] for digest in keyed_digests("kyc.callback", name)]


class KycReceiver:
    """Hand a provider's notices to verification."""

    def __init__(self, provider: KycProvider) -> None:
        """Receive for one provider."""
        self._provider = provider

    def knows(self, key: str) -> bool:
        """Tell whether the key is the present tenant's."""
        return key in callback_keys(self._provider.name)

    def verify(self, notice: Notice) -> None:
        """Check the notice's digest and do what it says.

        :raises NoticeRefused: it proves nothing, or is about nobody that we know
        """
        told = self._provider.read_notice(notice)
        if told is None:
            return
        try:
            verification_id = ids.decode(VERIFICATION_PREFIX, told.verification)
        except InvalidId as error:
            raise NoticeRefused("It is about nobody that we know.") from error
        by = Actor(ActorKind.PROVIDER, self._provider.name)
        actions.apply_review(verification_id=verification_id, reviewed=told.reviewed, by=by)
