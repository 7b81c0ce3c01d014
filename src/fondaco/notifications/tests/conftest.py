"""Companies that carry messages, in a sandbox that takes e-mail by SMTP too."""

import socket
from collections.abc import Iterator

import pytest

from fondaco.kit import options
from tests.plumbing.letters import Post, post


@pytest.fixture(scope="package")
def smtp_port() -> int:
    """Give a port on which nobody listens yet."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return int(door.getsockname()[1])


@pytest.fixture(scope="package")
def house(smtp_port: int) -> Iterator[Post]:
    with post(smtp_port=smtp_port) as found:
        yield found


@pytest.fixture
def accounts(house: Post, tenant: object) -> Iterator[Post]:
    """Have the platform use accounts at the companies."""
    with options.override(**house.accounts):
        yield house
