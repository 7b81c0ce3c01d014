"""The platform and the sandbox share no code; here they speak to each other."""

import threading
import time
from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest
import uvicorn

from fondaco.kit import options
from fondaco.kit.django.deliveries import Channel, Message, deliver, send
from fondaco.kit.django.models.deliveries import DeliveryState
from fondaco.kit.django.tenancy.context import TenantScope
from sandbox.app import make_application
from sandbox.mailbox import Mailbox


@pytest.fixture
def address() -> Iterator[str]:
    application = make_application([Mailbox()])
    server = uvicorn.Server(
        uvicorn.Config(application, host="127.0.0.1", port=0, log_level="warning")
    )
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join()


@pytest.mark.parametrize("channel", list(Channel))
def test_a_message_of_each_channel_arrives_whole(
    address: str, tenant: TenantScope, channel: Channel
) -> None:
    message = Message(channel, "someone", "Your code is 314159.", "Code", "<b>314159</b>")
    with options.override(sandbox_url=address):
        delivery_id = send(message, purpose="test", lifetime=timedelta(minutes=1))
        assert deliver(delivery_id=delivery_id) == DeliveryState.SENT
    (letter,) = httpx.get(f"{address}/mailbox/messages").json()["items"]
    del letter["received_at"]
    assert letter == {
        "number": 1,
        "id": str(delivery_id),
        "channel": channel.value,
        "recipient": "someone",
        "subject": "Code",
        "text": "Your code is 314159.",
        "html": "<b>314159</b>",
        "headers": "",
    }


def test_a_sandbox_that_fails_is_asked_again(address: str, tenant: TenantScope) -> None:
    httpx.put(f"{address}/control/mailbox/faults", json={"status": 503, "times": 1})
    with options.override(sandbox_url=address):
        message = Message(Channel.SMS, "+15550100", "x")
        delivery_id = send(message, purpose="test", lifetime=timedelta(hours=1))
        assert deliver(delivery_id=delivery_id) == DeliveryState.QUEUED
