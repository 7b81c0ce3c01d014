"""What subscribers are shown: what is theirs, at once, all of it, once."""

import json
import threading
from contextlib import closing
from itertools import count
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connections
from websockets.sync.client import ClientConnection

from fondaco.identity import actions as identity
from fondaco.identity.states import StaffRole
from fondaco.identity.types import SignedIn
from fondaco.kit.access import SYSTEM
from fondaco.kit.django import readers, tenancy
from fondaco.kit.django.tests.samples import settle
from fondaco.ledger.tests.books import USD
from fondaco.money import Money
from fondaco.realtime import reading, sockets, subscriptions
from fondaco.realtime.tests.clients import (
    Running,
    close_code,
    hear,
    proved,
    say,
    serving,
    sign_in,
    subscribe,
)
from fondaco.realtime.tests.happenings import move, tick
from fondaco.realtime.tests.test_sockets import deaf_client, dropped_slow, frame, wait_for
from fondaco.realtime.topics import RATE_CHANGED
from fondaco.signing import actions as signing
from fondaco.signing.tests.cast import band, member, payment, side, staff
from fondaco.wallets.tests.cast import fund, new_client, new_company, new_operator, take
from tests.sandbox.test_market_polling import street

pytestmark = pytest.mark.usefixtures("announced")

PAIR = "BTC-USD"


def customer_of(signed: SignedIn) -> UUID:
    assert signed.customer_id is not None
    return signed.customer_id


def authenticated(running: Running, token: str) -> ClientConnection:
    client = running.open()
    say(client, type="authenticate", token=token)
    assert hear(client)["type"] == "authenticated"
    return client


def refusal(client: ClientConnection, **message: Any) -> str:
    say(client, **{"type": "subscribe", **message})
    return str(hear(client)["code"])


def reasons(heard: list[dict[str, Any]]) -> list[str]:
    return [one["data"]["reason"] for one in heard if one["type"] == "event"]


class TestTopics:
    def test_bring_a_charge_to_both_sides_with_the_event(self, running: Running) -> None:
        with tenancy.scope("alpha"):
            payer, shop, other = new_client(), new_company(), new_client()
        clients = [authenticated(running, one.access_token) for one in (payer, shop, other)]
        for client in clients:
            subscribe(client, "balances")
        with tenancy.scope("alpha"):
            fund(payer.wallet_id, Money(500, USD))
            assert take(shop, payer, "5.00").code == "done"
            fund(other.wallet_id, Money(100, USD))
        heard = [hear(clients[0]) for _ in range(2)]
        assert [one["event"] for one in heard] == ["wallets.top_up.posted", "wallets.charge.posted"]
        assert hear(clients[1]) == heard[1]
        assert (heard[1]["topics"], heard[1]["data"]["amount"]["amount"]) == (["balances"], "5.00")
        assert heard[1]["id"].startswith("evt_")
        assert hear(clients[2])["event"] == "wallets.top_up.posted"

    def test_name_each_topic_that_an_event_belongs_to_once(self, running: Running) -> None:
        signed = sign_in()
        with tenancy.scope("alpha"):
            settle()
        client = proved(running, signed)
        subscribe(client, "balances", "orders", "dashboard")
        with tenancy.scope("alpha"):
            event_id = move(customer_of(signed), "once")
            tick(PAIR, "1")
            move(customer_of(signed), "twice")
        first, second = hear(client), hear(client)
        assert (first["id"], first["topics"]) == (event_id, ["balances", "dashboard", "orders"])
        assert second["data"]["reason"] == "twice"

    def test_show_the_price_that_the_market_publishes(self, running: Running) -> None:
        client = proved(running, sign_in())
        with tenancy.scope("alpha"), street() as here:
            subscribe(client, f"rates:{here.pair.name}")
            here.tell("64000.00", "64000.00", "64000.00")
            heard = hear(client)
        assert (heard["event"], heard["topics"]) == (RATE_CHANGED, [f"rates:{here.pair.name}"])
        assert (heard["data"]["pair"], heard["data"]["bid"]) == (here.pair.name, "64000.00")

    def test_show_one_pair_of_currencies_to_everybody(self, running: Running) -> None:
        client = proved(running, sign_in())
        subscribe(client, f"rates:{PAIR}")
        with tenancy.scope("alpha"):
            tick("ETH-USD", "1")
            tick(PAIR, "64000.5")
        heard = hear(client)
        assert (heard["topics"], heard["data"]["price"]) == ([f"rates:{PAIR}"], "64000.5")

    def test_show_the_house_what_happens_to_all(self, running: Running) -> None:
        with tenancy.scope("alpha"):
            token = new_operator(StaffRole.OPERATOR, "audit:read")
        client = authenticated(running, token)
        subscribe(client, "dashboard")
        signed = sign_in()
        while (heard := hear(client))["event"] != "identity.customer.registered":
            assert heard["topics"] == ["dashboard"]
        with tenancy.scope("alpha"):
            move(customer_of(signed), "of a stranger")
        while (heard := hear(client))["event"] != "orders.order.moved":
            pass
        assert heard["data"]["reason"] == "of a stranger"

    def test_show_requests_for_signatures_to_those_who_may_see_them(self, running: Running) -> None:
        with tenancy.scope("alpha"):
            owner = side()
            maker, signer = member(owner, "pay:make"), member(owner, "pay:sign")
            stranger, keeper = member(owner, "other:sign"), staff("pay:sign")
            asked = payment(band(("pay:sign", 1)))
            tokens = [
                identity.open_session(user_id=one.user_id).access_token
                for one in (maker, signer, stranger, keeper)
            ]
        clients = [authenticated(running, token) for token in tokens]
        for client in clients:
            subscribe(client, "signatures")
        with tenancy.scope("alpha"):
            request = asked.propose(maker, owner)
            signing.sign(request_id=request.id, digest=request.digest, signer=signer)
        for client in clients[:2]:
            heard = hear(client)
            assert (heard["event"], heard["subject"]) == (
                "signing.request.proposed",
                request.wire_id,
            )
        for client in clients[2:]:
            say(client, type="echo", payload="nothing came")
            assert hear(client)["type"] == "echo"

    def test_are_refused_where_they_are_unknown_forbidden_or_not_offered(
        self, running: Running
    ) -> None:
        client = proved(running, sign_in())
        with tenancy.scope("alpha"):
            keeper = authenticated(running, new_operator(StaffRole.OPERATOR, "jobs:read"))
        for topic in ("weather", "rates", "rates:", "balances:x", "chat", ""):
            assert refusal(client, topics=[topic]) == "unknown_topic"
        assert refusal(client, topics=["chat:cht_1"]) == "topic_not_offered"
        assert refusal(keeper, topics=["dashboard"]) == "forbidden"
        assert refusal(keeper, topics=["balances"]) == "forbidden"
        for topics in ([], "balances", [1], ["orders", "orders"], None):
            assert refusal(client, topics=topics) == "malformed_message"
        assert refusal(client, topics=[f"rates:{n}" for n in range(101)]) == "too_many_topics"
        subscribe(client, "balances")
        assert refusal(client, topics=["orders", "balances"]) == "already_subscribed"

    def test_end_when_one_unsubscribes(self, running: Running) -> None:
        signed = sign_in()
        client = proved(running, signed)
        subscribe(client, "orders")
        subscribe(client, f"rates:{PAIR}")
        say(client, type="unsubscribe", topics=["orders", "dashboard"])
        assert hear(client) == {"type": "unsubscribed", "topics": ["orders"]}
        with tenancy.scope("alpha"):
            move(customer_of(signed))
            tick(PAIR, "2")
        assert hear(client)["topics"] == [f"rates:{PAIR}"]

    def test_bring_large_events_without_their_data(self, running: Running) -> None:
        signed = sign_in()
        client = proved(running, signed)
        subscribe(client, "orders")
        with tenancy.scope("alpha"):
            move(customer_of(signed), "x" * 20_001)
        heard = hear(client)
        assert (heard["is_shortened"], heard["data"]) == (True, {})

    def test_end_at_once_with_the_session(self, running: Running) -> None:
        signed, other = sign_in(), sign_in()
        client, bystander = proved(running, signed), proved(running, other)
        for one in (client, bystander):
            subscribe(one, "orders")
        with tenancy.scope("alpha"):
            identity.logout(session_id=signed.session_id, by=SYSTEM)
            move(customer_of(other), "still shown")
        assert hear(client)["code"] == "session_ended"
        assert close_code(client) == 4401
        assert hear(bystander)["data"]["reason"] == "still shown"

    def test_show_nothing_once_the_proof_has_ended(
        self, running: Running, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        signed = sign_in()
        client = proved(running, signed)
        subscribe(client, "orders")
        monkeypatch.setattr(reading, "_ENDED", "no.such.event")
        with tenancy.scope("alpha"):
            identity.logout(session_id=signed.session_id, by=SYSTEM)
            move(customer_of(signed), "too late")
        heard = hear(client)
        assert (heard["type"], heard["code"]) == ("problem", "session_ended")
        assert close_code(client) == 4401


class TestAReturningClient:
    def test_gets_what_it_missed_and_then_what_happens(self, running: Running) -> None:
        signed, stranger = sign_in(), sign_in()
        mine = customer_of(signed)
        client = proved(running, signed)
        subscribe(client, "orders")
        with tenancy.scope("alpha"):
            seen = move(mine, "seen")
        assert hear(client)["id"] == seen
        client.close()
        with tenancy.scope("alpha"):
            for number in range(3):
                move(mine, f"missed {number}")
                move(customer_of(stranger), "not mine")
            settle()
        again = proved(running, signed)
        heard = subscribe(again, "orders", after=seen)
        assert reasons(heard) == ["missed 0", "missed 1", "missed 2"]
        with tenancy.scope("alpha"):
            move(mine, "new")
        assert hear(again)["data"]["reason"] == "new"

    def test_goes_on_from_a_place_though_nothing_had_come(self, running: Running) -> None:
        signed = sign_in()
        first = proved(running, signed)
        place = subscribe(first, "orders")[-1]["after"]
        first.close()
        with tenancy.scope("alpha"):
            move(customer_of(signed), "missed")
            settle()
        heard = subscribe(proved(running, signed), "orders", after=place)
        assert reasons(heard) == ["missed"]

    def test_cannot_go_on_from_what_is_not_its_own(
        self, running: Running, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        signed, stranger = sign_in(), sign_in()
        with tenancy.scope("alpha"):
            of_stranger = move(customer_of(stranger))
            own = move(customer_of(signed))
            tick(PAIR, "1")
            settle()
        client = proved(running, signed)
        for after in (of_stranger, "evt_nonsense", "x", f"evt_{uuid4().hex}"):
            assert refusal(client, topics=["orders"], after=after) == "unknown_place"
        assert refusal(client, topics=["orders"], after=7) == "malformed_message"
        monkeypatch.setattr(readers, "is_forgotten", lambda _place: True)
        assert refusal(client, topics=["orders"], after=own) == "place_too_far"
        monkeypatch.undo()
        monkeypatch.setattr(subscriptions, "MISSED_MAX", 0)
        assert refusal(client, topics=["orders"], after=own) == "place_too_far"
        monkeypatch.undo()
        assert subscribe(client, "orders", after=own)[-1]["topics"] == ["orders"]

    def test_misses_nothing_and_gets_nothing_twice_while_servers_come_and_go(self) -> None:
        signed = sign_in()
        mine, written, ended = customer_of(signed), list[str](), threading.Event()

        def write() -> None:
            with tenancy.scope("alpha"):
                for number in count():
                    written.append(move(mine, str(number)))
                    if ended.wait(0.002):
                        break
            connections.close_all()

        got: list[str] = []
        writer = threading.Thread(target=write)
        with serving() as first:
            place = subscribe(proved(first, signed), "orders")[-1]["after"]
        writer.start()
        for _ in range(4):
            with serving() as server, closing(proved(server, signed)) as client:
                heard = subscribe(client, "orders", after=got[-1] if got else place)
                heard += [hear(client) for _ in range(15)]
                got += [one["id"] for one in heard if one["type"] == "event"]
        ended.set()
        writer.join()
        with tenancy.scope("alpha"):
            settle()
        with serving() as server:
            last = subscribe(proved(server, signed), "orders", after=got[-1])
            got += [one["id"] for one in last if one["type"] == "event"]
        assert got == written


class TestASlowReader:
    def test_is_dropped_and_others_get_everything(
        self, running: Running, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(sockets, "SEND_WITHIN_S", 0.5)
        other, before = proved(running, sign_in()), dropped_slow()
        subscribe(other, f"rates:{PAIR}")
        sent, got = list[str](), list[str]()
        with deaf_client(running.port) as deaf:
            deaf.sendall(frame(type="authenticate", token=sign_in().access_token))
            deaf.sendall(frame(type="subscribe", topics=[f"rates:{PAIR}"]))
            wait_for(lambda: count_subscribers(running) == 2)
            with tenancy.scope("alpha"):
                while dropped_slow() == before:
                    sent.append(tick(PAIR, "9" * 15_000))
                    got.append(hear(other)["id"])
                sent.append(tick(PAIR, "1"))
            got.append(hear(other)["id"])
        assert got == sent


def count_subscribers(running: Running) -> int:
    hub = running.application.hub
    rooms = [] if hub is None else list(hub._rooms.values())
    return sum(len(members) for room in rooms for members in room._listening.values())


class TestBorders:
    def test_hold_between_two_tenants_with_fifty_people_each_under_load(
        self, running: Running
    ) -> None:
        people = [(name, sign_in(name)) for name in ("alpha", "beta") for _ in range(50)]
        clients = [proved(running, signed, host=f"{name}.test") for name, signed in people]
        for client in clients:
            subscribe(client, "balances", "orders", f"rates:{PAIR}")
        rounds = 4

        def write(tenant: str) -> None:
            with tenancy.scope(tenant):
                for number in range(rounds):
                    for name, signed in people:
                        if name == tenant:
                            move(customer_of(signed), f"{signed.session_id}/{number}")
                    tick(PAIR, f"{tenant}/{number}")
                tick(PAIR, "end")
            connections.close_all()

        writers = [threading.Thread(target=write, args=[name]) for name in ("alpha", "beta")]
        for writer in writers:
            writer.start()
        for (name, signed), client in zip(people, clients, strict=True):
            heard = []
            while (one := json.loads(client.recv(timeout=60)))["data"].get("price") != "end":
                heard.append(one["data"].get("reason") or one["data"]["price"])
            mine = [f"{signed.session_id}/{number}" for number in range(rounds)]
            assert sorted(heard) == sorted([*mine, *(f"{name}/{n}" for n in range(rounds))])
        for writer in writers:
            writer.join()
