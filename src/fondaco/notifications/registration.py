"""What notifications declare to the layers below when the process starts."""

from fondaco.notifications import carriers


def register() -> None:
    """Have all messages of the platform go by our carriers; doing so again changes nothing."""
    carriers.install()
