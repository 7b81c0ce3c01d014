"""How messages go out: in each company's own wire format, once, with pauses, to the end."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from fondaco.identity import models as identity
from fondaco.kit import clock, options
from fondaco.kit.access import SYSTEM
from fondaco.kit.django import deliveries
from fondaco.kit.django.deliveries import Channel as Road, Message
from fondaco.kit.django.models import Event
from fondaco.notifications import actions, models
from fondaco.notifications.actions.delivering import LEASE, PAUSES, TRIES
from fondaco.notifications.states import Channel, MessageState
from fondaco.notifications.tests.cast import Somebody, ask_for_money, clear, send, tell
from fondaco.notifications.types import message_wire
from tests.plumbing.letters import Post

ROADS = [Channel.EMAIL, Channel.SMS, Channel.TELEGRAM, Channel.SLACK]


@pytest.fixture(autouse=True)
def _nothing_of_others(tenant: object) -> None:
    clear(*ROADS)


def told(somebody: Somebody, *channels: Channel) -> list[models.Message]:
    """Have somebody be told by these channels; give the messages."""
    somebody.want("request_asked", *channels)
    ask_for_money(somebody, asker=somebody)
    tell()
    return somebody.messages()


def one(somebody: Somebody, channel: Channel) -> models.Message:
    (found,) = told(somebody, channel)
    return found


def moves(row: models.Message) -> list[str]:
    return list(
        models.MessageStep.objects.filter(subject=row)
        .order_by("id")
        .values_list("state_to", flat=True)
    )


def deaths(row: models.Message) -> list[str]:
    found = Event.objects.filter(type="notifications.message.died", subject=message_wire(row.id))
    return [event.data["state"] for event in found]


def try_until(state: MessageState, row: models.Message) -> None:
    """Try for as long as the pauses last."""
    at = clock.now()
    for pause in (*PAUSES, timedelta(days=1)):
        with clock.set_to(at):
            send(Channel(row.channel))
        row.refresh_from_db()
        if row.state == state:
            return
        at = at + pause + timedelta(seconds=1)
    raise AssertionError(row.state)


class TestAMessage:
    def test_goes_out_by_each_channel_as_its_company_takes_it(self, accounts: Post) -> None:
        ada = Somebody(name="<Ada>")
        rows = told(ada, *ROADS)
        for channel in ROADS:
            send(channel)
        user = ada.user
        places = {
            "email": user.email,
            "sms": user.phone,
            "telegram": str(user.telegram_id),
            "slack": ada.slack,
        }
        for road, place in places.items():
            (letter,) = accounts.letters(channel=road, recipient=place)
            assert "5.50 USD" in letter["text"]
            shown = {"telegram": "&lt;Ada&gt;", "slack": "&lt;Ada&gt;", "email": "<Ada>"}
            assert shown.get(road, "") in letter["text"]
        for row in rows:
            row.refresh_from_db()
            assert row.state == MessageState.SENT
            assert row.receipt
            assert moves(row) == ["sending", "sent"]

    def test_that_was_sent_is_not_sent_again(self, accounts: Post) -> None:
        ada = Somebody()
        one(ada, Channel.SMS)
        send(Channel.SMS)
        send(Channel.SMS)
        with clock.set_to(clock.now() + timedelta(days=2)):
            send(Channel.SMS)
        assert len(accounts.letters(channel="sms", recipient=ada.user.phone)) == 1

    def test_comes_later_when_the_company_asks_for_less(self, accounts: Post) -> None:
        ada = Somebody()
        row = one(ada, Channel.TELEGRAM)
        accounts.fail("telegram-bot", 429, times=2)
        try_until(MessageState.SENT, row)
        assert row.attempts == 3
        assert moves(row) == ["sending", "waiting", "sending", "waiting", "sending", "sent"]

    def test_dies_after_all_tries_and_alerts(self, accounts: Post) -> None:
        row = one(Somebody(), Channel.SLACK)
        accounts.fail("slack", 429, times=0)
        try:
            try_until(MessageState.DEAD, row)
        finally:
            accounts.heal("slack")
        assert (row.attempts, row.error) == (TRIES, "answered 429")
        assert deaths(row) == ["dead"]

    def test_dies_at_once_when_it_is_refused_for_good(self, accounts: Post) -> None:
        ada = Somebody()
        identity.User.objects.filter(telegram_id=403).update(
            telegram_id=None, disabled_at=clock.now()
        )
        identity.User.objects.filter(id=ada.id).update(telegram_id=403)
        row = one(ada, Channel.TELEGRAM)
        send(Channel.TELEGRAM)
        row.refresh_from_db()
        assert (row.state, row.attempts) == (MessageState.DEAD, 1)
        assert "blocked" in row.error
        assert deaths(row) == ["dead"]

    def test_waits_when_the_house_s_own_account_is_refused(self, accounts: Post) -> None:
        row = one(Somebody(), Channel.SLACK)
        with options.override(slack_token="xoxb-wrong"):
            send(Channel.SLACK)
        row.refresh_from_db()
        assert (row.state, row.error) == (MessageState.WAITING, "invalid_auth")

    def test_is_cancelled_when_the_person_cannot_be_reached_any_more(self, accounts: Post) -> None:
        ada = Somebody()
        row = one(ada, Channel.SLACK)
        actions.remove_slack(user_id=ada.id, by=SYSTEM)
        send(Channel.SLACK)
        row.refresh_from_db()
        assert row.state == MessageState.CANCELLED
        assert accounts.letters(channel="slack", recipient=ada.slack) == []


class TestWhatMayHaveArrived:
    def test_is_left_to_an_operator_where_twice_would_be_two(self, accounts: Post) -> None:
        ada = Somebody()
        row = one(ada, Channel.SLACK)
        accounts.fail("slack", 503, times=1)
        send(Channel.SLACK)
        row.refresh_from_db()
        assert row.state == MessageState.DOUBTFUL
        assert deaths(row) == ["doubtful"]
        with clock.set_to(clock.now() + timedelta(days=2)):
            send(Channel.SLACK)
        assert accounts.letters(channel="slack", recipient=ada.slack) == []
        actions.resend(message_id=row.id, by=SYSTEM)
        send(Channel.SLACK)
        row.refresh_from_db()
        assert row.state == MessageState.SENT
        assert len(accounts.letters(channel="slack", recipient=ada.slack)) == 1

    def test_is_tried_again_where_twice_is_once(self, accounts: Post) -> None:
        ada = Somebody()
        row = one(ada, Channel.EMAIL)
        accounts.fail("mailapi", 503, times=1)
        try_until(MessageState.SENT, row)
        assert len(accounts.letters(channel="email", recipient=ada.user.email)) == 1

    @pytest.mark.parametrize(
        ("channel", "state"),
        [(Channel.EMAIL, MessageState.SENT), (Channel.SMS, MessageState.DOUBTFUL)],
    )
    def test_is_so_judged_when_a_worker_died(
        self, accounts: Post, channel: Channel, state: MessageState
    ) -> None:
        row = one(Somebody(), channel)
        models.Message.objects.filter(id=row.id).update(
            state=MessageState.SENDING, attempts=1, due_at=clock.now() + LEASE
        )
        send(channel)
        row.refresh_from_db()
        assert row.state == MessageState.SENDING  # the worker may still live
        with clock.set_to(clock.now() + 2 * LEASE):
            send(channel)
        row.refresh_from_db()
        assert row.state == state


@contextmanager
def closed_port() -> Iterator[int]:
    """Give a port of this machine on which nobody listens."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        yield int(door.getsockname()[1])


@contextmanager
def relay_that_hangs_up() -> Iterator[int]:
    """Give a port on which a relay takes a mail's text and never says that it has it."""
    with socket.create_server(("127.0.0.1", 0)) as door:

        def serve() -> None:
            line, _ = door.accept()
            with line, line.makefile("rwb") as talk:
                talk.write(b"220 ready\r\n")
                talk.flush()
                for word in talk:
                    if word.strip() == b".":
                        return
                    talk.write(b"354 go on\r\n" if word[:4].upper() == b"DATA" else b"250 fine\r\n")
                    if word[:4].upper() == b"DATA":
                        talk.flush()
                        for text in talk:
                            if text.strip() == b".":
                                return
                    talk.flush()

        thread = threading.Thread(target=serve)
        thread.start()
        yield int(door.getsockname()[1])
        thread.join()


class TestTwoMailProviders:
    @pytest.mark.parametrize("first", ["smtp", "api"])
    def test_stand_in_for_each_other(self, accounts: Post, first: str, smtp_port: int) -> None:
        ada = Somebody()
        row = one(ada, Channel.EMAIL)
        with closed_port() as nobody:
            down = {
                "smtp": {"smtp_url": f"smtp://127.0.0.1:{nobody}?tls=off"},
                "api": {
                    "smtp_url": f"smtp://127.0.0.1:{smtp_port}?tls=off",
                    "mail_api_url": f"http://127.0.0.1:{nobody}",
                },
            }[first]
            with options.override(mail_first=first, **down):
                send(Channel.EMAIL)
        row.refresh_from_db()
        assert (row.state, row.attempts) == (MessageState.SENT, 1)
        (letter,) = accounts.letters(channel="email", recipient=ada.user.email)
        assert letter["subject"] == "John Wick asks you for 5.50 USD"

    def test_do_not_both_get_what_one_may_have_taken(self, accounts: Post) -> None:
        ada = Somebody()
        row = one(ada, Channel.EMAIL)
        with (
            relay_that_hangs_up() as port,
            options.override(mail_first="smtp", smtp_url=f"smtp://127.0.0.1:{port}?tls=off"),
        ):
            send(Channel.EMAIL)
        row.refresh_from_db()
        assert row.state == MessageState.DOUBTFUL
        assert accounts.letters(channel="email", recipient=ada.user.email) == []

    def test_leave_the_message_waiting_when_both_are_down(self, accounts: Post) -> None:
        row = one(Somebody(), Channel.EMAIL)
        with closed_port() as nobody:
            down: dict[str, Any] = {
                "smtp_url": f"smtp://127.0.0.1:{nobody}?tls=off",
                "mail_api_url": f"http://127.0.0.1:{nobody}",
            }
            with options.override(**down):
                send(Channel.EMAIL)
        row.refresh_from_db()
        assert row.state == MessageState.WAITING


class TestCodes:
    @pytest.mark.parametrize("road", list(Road))
    def test_go_by_the_same_companies(self, accounts: Post, road: Road) -> None:
        place = {
            Road.EMAIL: "code@example.com",
            Road.SMS: "+34600000001",
            Road.TELEGRAM: "424242",
            Road.SLACK: "UCODE1",
        }[road]
        message = Message(
            channel=road,
            recipient=place,
            text="314159 & <x> is your code",
            subject="Your code" if road is Road.EMAIL else "",
        )
        delivery_id = deliveries.send(message, purpose="test", lifetime=timedelta(minutes=5))
        assert deliveries.deliver(delivery_id=delivery_id).value == "sent"
        (letter,) = accounts.letters(channel=road.value, recipient=place)
        assert "314159" in letter["text"]


@pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")  # apprise's
class TestApprise:
    def test_carries_the_house_s_alerts_to_allowed_services(self, accounts: Post) -> None:
        row = models.Message.objects.create(
            notice="message_died",
            channel=Channel.APPRISE,
            language="en",
            address="apprise:ops",
            content={"subject": "Alert", "text": "A message died", "html": "", "headers": {}},
            state=MessageState.WAITING,
            due_at=clock.now(),
            created_at=clock.now(),
        )
        services = f"ops=json://{accounts.url.removeprefix('http://')}/receiver/ops"
        with options.override(apprise_services=services):
            send(Channel.APPRISE)
            row.refresh_from_db()
            assert (row.state, row.error) == (MessageState.DEAD, "no service ops is allowed")
            actions.resend(message_id=row.id, by=SYSTEM)
            with options.override(apprise_schemas="json"):
                send(Channel.APPRISE)
        row.refresh_from_db()
        assert row.state == MessageState.SENT
        assert accounts.received("ops") == ["A message died"]
