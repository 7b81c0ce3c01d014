"""What policies declare to the layers below when the process starts."""


def register() -> None:
    """Declare what the kit is to ask policies; again changes nothing."""
