"""What becomes a message, for whom and by which channels."""

from uuid import UUID

import pytest
from django.db import transaction

from fondaco.credentials.events import GuessingStopped
from fondaco.identity import actions as identity, queries as people
from fondaco.identity.tests.people import make_operator
from fondaco.identity.types import Origin, Settings
from fondaco.kit import clock
from fondaco.kit.access import SYSTEM
from fondaco.kit.django import events
from fondaco.kit.django.models import Event
from fondaco.notifications import actions, catalogue, models, queries, wording
from fondaco.notifications.actions.routing import NEWS_FOR
from fondaco.notifications.errors import AlwaysSent
from fondaco.notifications.events import MessageDied
from fondaco.notifications.states import PERSONAL, Channel, MessageState
from fondaco.notifications.tests.cast import (
    Somebody,
    ask_for_money,
    block_wallet,
    fresh_reader,
    happen,
    rename_wallet,
    tell,
)
from fondaco.wallets.tests.cast import Person, new_client, new_company, take

pytestmark = pytest.mark.usefixtures("tenant")


def ways(somebody: Somebody) -> set[str]:
    return {row.channel for row in somebody.messages()}


class TestARoute:
    def test_tells_whom_an_event_concerns_by_the_house_s_channels(self) -> None:
        ada, eve = Somebody(), Somebody(name="Eve")
        ask_for_money(ada, asker=eve)
        tell()
        assert ways(ada) == {"email", "in_app"}
        assert eve.messages() == []
        (note,) = queries.list_inbox(user_id=ada.id).items
        assert note.wording is not None
        assert note.wording.subject == "John Wick asks you for 5.50 USD"
        assert note.wording.text.startswith("Hello Ada,")
        (mail,) = ada.messages(channel=Channel.EMAIL)
        assert (mail.state, mail.notice) == (MessageState.WAITING, "request_asked")

    def test_tells_nobody_of_what_is_not_on_the_list(self) -> None:
        ada = Somebody()
        rename_wallet(ada)
        tell()
        assert ada.messages() == []

    def test_tells_whoever_s_log_in_is_guessed_at_in_the_app_alone(self) -> None:
        ada = Somebody()
        happen(GuessingStopped(user=ada.user.wire_id))
        tell()
        assert ways(ada) == {"in_app"}
        (note,) = queries.list_inbox(user_id=ada.id).items
        assert note.wording is not None
        assert note.wording.subject == "Somebody guesses at your log-in."

    def test_tells_an_event_once_whatever_reads_it_again(self) -> None:
        ada = Somebody()
        ask_for_money(ada)
        tell()
        before = [row.id for row in ada.messages()]
        fresh_reader()()
        assert [row.id for row in ada.messages()] == before
        assert len(before) == 2

    def test_is_silent_about_what_happened_long_ago(self) -> None:
        ada = Somebody()
        ask_for_money(ada)
        with clock.set_to(clock.now() + NEWS_FOR * 2):
            fresh_reader()()
        assert ada.messages() == []
        tell()

    def test_reaches_nobody_by_an_address_that_is_not_proved(self) -> None:
        ada = Somebody(email_verified_at=None, phone_verified_at=None)
        ada.want("request_asked", *PERSONAL)
        ask_for_money(ada)
        tell()
        assert ways(ada) == {"telegram", "slack", "in_app"}

    def test_writes_nothing_for_who_is_shut_out(self) -> None:
        ada = Somebody(disabled_at=clock.now())
        block_wallet(ada)
        tell()
        assert ada.messages() == []

    def test_tells_payer_and_payee_by_the_wallets_of_a_charge(self) -> None:
        payer, shop = new_client("20.00"), new_company()
        take(shop, payer, "5.50")
        tell()
        told = {row.notice: row for row in models.Message.objects.filter(user_id=_user(payer))}
        assert set(told) >= {"charge_paid"}
        content = told["charge_paid"].content
        assert content is not None
        assert content["subject"].startswith("You paid 5.50 USD to ")
        assert content["subject"] != "You paid 5.50 USD to "
        received = models.Message.objects.filter(user_id=_user(shop), notice="charge_received")
        assert received.count() == 1


def _user(person: Person) -> UUID:
    return people.list_members(customer_id=person.customer_id)[0].id


class TestWishes:
    def test_choose_channels_for_one_notice(self) -> None:
        ada = Somebody()
        ada.want("request_asked", Channel.TELEGRAM, Channel.SMS)
        ask_for_money(ada)
        tell()
        assert ways(ada) == {"telegram", "sms"}

    def test_stand_over_the_channels_of_a_topic_in_the_settings(self) -> None:
        ada = Somebody()
        to = Settings("en", "UTC", "", {"payments": ["telegram"]})
        identity.change_settings(user_id=ada.id, to=to, by=SYSTEM)
        ask_for_money(ada)
        tell()
        assert ways(ada) == {"telegram", "in_app"}
        change = ("request_asked", Channel.EMAIL, True)
        actions.change_wishes(user_id=ada.id, changes=[change], by=SYSTEM)
        ask_for_money(ada)
        tell()
        assert len(ada.messages(channel=Channel.EMAIL)) == 1

    def test_are_taken_back(self) -> None:
        ada = Somebody()
        ada.want("request_asked", Channel.SMS)
        back = [("request_asked", channel, None) for channel in PERSONAL]
        actions.change_wishes(user_id=ada.id, changes=back, by=SYSTEM)
        ask_for_money(ada)
        tell()
        assert ways(ada) == {"email", "in_app"}

    def test_cannot_switch_off_what_is_always_sent(self) -> None:
        ada = Somebody()
        for channel in (Channel.EMAIL, Channel.IN_APP):
            with pytest.raises(AlwaysSent):
                actions.change_wishes(
                    user_id=ada.id, changes=[("wallet_blocked", channel, False)], by=SYSTEM
                )
        models.Preference.objects.create(
            user_id=ada.id, notice="wallet_blocked", channel=Channel.EMAIL, is_on=False
        )
        block_wallet(ada)
        tell()
        assert ways(ada) == {"email", "in_app"}


class TestANewDevice:
    def test_is_told_when_it_was_not_seen_before(self) -> None:
        ada = Somebody()
        home = Origin(address="192.0.2.1", agent="Home")
        for origin in (home, home, Origin(address="198.51.100.7", agent="Elsewhere"), home):
            identity.open_session(user_id=ada.id, origin=origin)
        tell()
        told = ada.messages(notice="new_device", channel=Channel.EMAIL)
        assert [row.content["text"].count("198.51.100.7 (Elsewhere)") for row in told] == [1]  # type: ignore[index] # it was just written


class TestTheHouse:
    def test_is_told_of_messages_that_died(self) -> None:
        olga = make_operator(permissions=frozenset({"notifications:manage"}))
        clerk = make_operator(permissions=frozenset({"jobs:read"}))
        happen(DIED)
        tell()
        told = models.Message.objects.filter(notice="message_died")
        assert told.filter(user_id=olga.id, channel=Channel.IN_APP).count() == 1
        assert not told.filter(user_id=clerk.id).exists()


DIED = MessageDied(
    message="msg_x", notice="welcome", channel="email", state="dead", attempts=8, reason="never"
)


class TestForgetting:
    def test_destroys_what_was_said_to_who_is_erased(self) -> None:
        ada = Somebody()
        ask_for_money(ada)
        tell()
        event = Event(data={"user": people.get_user(ada.id).wire_id})
        with transaction.atomic():
            actions.forget_person([event])  # type: ignore[list-item] # it has the data
        assert {(row.state, row.content) for row in ada.messages()} == {
            (MessageState.CANCELLED, None),
            (MessageState.SENT, None),
        }
        assert queries.list_inbox(user_id=ada.id).items == []


class TestTheCatalogue:
    @pytest.mark.parametrize("name", sorted(catalogue.NOTICES))
    def test_has_events_fields_and_words_that_fit(self, name: str) -> None:
        notice = catalogue.NOTICES[name]
        for channel in Channel:
            words = queries.get_template(notice=name, channel=channel, language="en").wording
            wording.check(words, notice=name, channel=channel, names=catalogue.known(name))
        if notice.event:
            data = events.registry()[notice.event].__dataclass_fields__  # type: ignore[attr-defined] # events are dataclasses
            named = {notice.to, *notice.people.values(), *notice.only} - {"staff"}
            assert named <= set(data)
