"""What verification does when something happens in the layers below."""

from fondaco.identity.types import USER_PREFIX
from fondaco.kit import ids
from fondaco.kit.django import relay
from fondaco.kit.django.events import EventRow
from fondaco.kyc import actions


def forget_person(happened: EventRow) -> None:
    """Take the providers' notices about a person away, and what lay open before it could be sealed."""
    actions.forget_person(user_id=ids.decode(USER_PREFIX, happened.data["user"]))


relay.on("identity.person.erased", forget_person)
