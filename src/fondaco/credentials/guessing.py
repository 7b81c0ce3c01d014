"""What is done once somebody guessed so often that a proof is taken no more: person and house hear of it."""

from typing import Final

from fondaco.audit import actions as audit
from fondaco.credentials import letters
from fondaco.credentials.events import GuessingStopped
from fondaco.identity.types import User, user_wire
from fondaco.kit.access import SYSTEM
from fondaco.kit.django import events

SENTENCES: Final = {
    "password": "Many wrong passwords were tried for your account. It takes none for a while.",
    "code": "Many wrong codes were tried for your account. None is sent or taken for a while.",
    "factor": "Somebody knows your password and tried many codes. They are refused for a while.",
}
"""What the person is told, by what was guessed at."""


def tell(user: User | None, *, guessed: str) -> None:
    """Write notice, event and audit entry in the caller's transaction; none where nobody has the identifier.

    :param guessed: one of `SENTENCES`
    """
    if user is None:
        return
    letters.send_notice(user, SENTENCES[guessed])
    events.publish(GuessingStopped(user=user_wire(user.id)), by=SYSTEM)
    audit.record(
        by=SYSTEM,
        action="credentials.login.lock",
        subject=user_wire(user.id),
        detail={"guessed": guessed},
    )
