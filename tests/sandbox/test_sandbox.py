"""The simulated world over HTTP, in process."""

import ast
import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest

from sandbox import mailbox
from sandbox.app import make_application
from sandbox.mailbox import Mailbox
from sandbox.receiver import Receiver

LETTER = {"id": "1", "channel": "email", "recipient": "john@example.com", "text": "Code 314159"}


class World:
    """Speak HTTP to a sandbox of its own, without sockets."""

    def __init__(self) -> None:
        self._transport = httpx.ASGITransport(make_application([Mailbox(), Receiver()]))

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self.ask("GET", path, **options)

    def post(self, path: str, **options: Any) -> httpx.Response:
        return self.ask("POST", path, **options)

    def put(self, path: str, **options: Any) -> httpx.Response:
        return self.ask("PUT", path, **options)

    def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        async def answer() -> httpx.Response:
            client = httpx.AsyncClient(
                transport=self._transport, base_url="http://sandbox", follow_redirects=True
            )
            async with client:
                return await client.request(method, path, **options)

        return asyncio.run(answer())


@pytest.fixture
def world() -> World:
    return World()


def send(world: World, **members: Any) -> int:
    return world.post("/mailbox/messages", json=LETTER | members).status_code


def ids(world: World, **query: Any) -> list[str]:
    items = world.get("/mailbox/messages", params=query).json()["items"]
    return [item["id"] for item in items]


class TestMailbox:
    def test_keeps_what_arrives_newest_first(self, world: World) -> None:
        assert send(world, id="a", subject="Hello", html="<b>x</b>") == 201
        assert send(world, id="b", channel="sms", recipient="+15550100") == 201
        (second, first) = world.get("/mailbox/messages").json()["items"]
        assert (second["id"], first["id"]) == ("b", "a")
        at = first.pop("received_at")
        assert at.endswith("+00:00")
        assert first == LETTER | {
            "id": "a",
            "number": 1,
            "subject": "Hello",
            "html": "<b>x</b>",
            "headers": "",
        }

    def test_takes_the_same_message_once(self, world: World) -> None:
        assert [send(world), send(world)] == [201, 201]
        assert ids(world) == ["1"]

    def test_finds_by_channel_recipient_and_number(self, world: World) -> None:
        for number, channel in enumerate(["email", "sms", "email", "slack"], start=1):
            send(world, id=str(number), channel=channel, recipient=f"r{number % 2}")
        assert ids(world, channel="email") == ["3", "1"]
        assert ids(world, recipient="r0") == ["4", "2"]
        assert ids(world, after=2) == ["4", "3"]
        assert ids(world, limit=1) == ["4"]
        assert world.get("/mailbox/messages?after=x").status_code == 422

    @pytest.mark.parametrize(
        "wrong",
        [{"channel": "pigeon"}, {"text": ""}, {"text": 1}, {"recipient": None}, {"extra": "x"}],
    )
    def test_refuses_what_is_malformed(self, world: World, wrong: dict[str, Any]) -> None:
        assert send(world, **wrong) == 422
        assert ids(world) == []

    @pytest.mark.parametrize("body", [b"{", b"[]", b"1", b"[" * 9999])
    def test_refuses_what_is_no_message(self, world: World, body: bytes) -> None:
        assert world.post("/mailbox/messages", content=body).status_code == 422

    def test_holds_no_more_than_its_limit(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for number in range(mailbox.KEPT + 5):
            send(world, id=str(number))
        assert world.get("/control/").json()["venues"]["mailbox"]["facts"]["email"] == mailbox.KEPT
        monkeypatch.setattr(mailbox, "BYTES_MAX", 300)
        assert send(world, id="huge", text="x" * 301) == 422

    def test_can_be_emptied(self, world: World) -> None:
        send(world)
        assert world.ask("DELETE", "/mailbox/messages").status_code == 204
        assert ids(world) == []


class TestPage:
    def test_shows_the_channels_side_by_side(self, world: World) -> None:
        for channel in mailbox.CHANNELS:
            send(world, id=channel, channel=channel, text=f"by {channel}")
        page = world.get("/mailbox/")
        assert page.status_code == 200
        assert [page.text.count(f"by {channel}<") for channel in mailbox.CHANNELS] == [1] * 4
        assert page.text.count("<section") == 4

    def test_lets_no_message_run_anything(self, world: World) -> None:
        send(
            world,
            recipient="<script>1</script>",
            subject="<img onerror=1>",
            html="<script>2</script>",
        )
        page = world.get("/mailbox/")
        assert "<script" not in page.text
        assert "<img" not in page.text
        assert page.headers["content-security-policy"].startswith("default-src 'none'")
        assert world.get("/mailbox/style.css").headers["content-type"].startswith("text/css")

    def test_is_what_one_meets_first(self, world: World) -> None:
        assert "Nothing yet." in world.get("/").text


class TestReceiver:
    def test_answers_as_planned_and_keeps_what_came(self, world: World) -> None:
        world.post("/receiver/shop/plan", json={"answers": [{"status": 503}]})
        statuses = [world.post("/receiver/shop", content=b"{}").status_code for _ in range(3)]
        assert statuses == [503, 200, 200]
        kept = world.get("/receiver/shop/messages").json()["items"]
        assert [one["status"] for one in kept] == [503, 200, 200]
        assert len(world.get("/receiver/shop/messages", params={"after": 2}).json()["items"]) == 1
        wrong = world.get("/receiver/shop/messages", params={"after": "x"})
        assert wrong.status_code == 422

    def test_shows_people_what_came_as_text(self, world: World) -> None:
        headers = {"webhook-id": "evt_1", "webhook-signature": "v1,<i>"}
        world.post("/receiver/shop", content=b"<script>alert(1)</script>", headers=headers)
        page = world.get("/receiver/")
        assert "default-src 'none'" in page.headers["content-security-policy"]
        assert "&lt;script&gt;" in page.text
        assert "<script>" not in page.text
        assert "webhook-signature: v1,&lt;i&gt;" in page.text


class TestControl:
    def test_tells_what_happened_and_sets_it_back(self, world: World) -> None:
        send(world)
        told = world.get("/control/").json()["venues"]["mailbox"]
        assert told["facts"] == {"email": 1, "sms": 0, "telegram": 0, "slack": 0}
        assert world.post("/control/reset").status_code == 204
        assert ids(world) == []

    def test_makes_a_venue_fail_some_times(self, world: World) -> None:
        set_ = world.put("/control/mailbox/faults", json={"status": 503, "times": 2})
        assert set_.json() == {
            "latency_s": 0.0,
            "status": 503,
            "times": 2,
            "trickle_s": 0.0,
        }
        assert [send(world) for _ in range(3)] == [503, 503, 201]

    def test_makes_a_venue_fail_until_set_back(self, world: World) -> None:
        world.put("/control/mailbox/faults", json={"status": 500})
        assert [send(world) for _ in range(3)] == [500, 500, 500]
        world.post("/control/reset")
        assert send(world) == 201

    @pytest.mark.parametrize(
        "wrong",
        [
            {"status": 200},
            {"latency_s": 61},
            {"latency_s": True},
            {"times": -1},
            {"times": 1.5},
            {"x": 1},
            [],
        ],
    )
    def test_refuses_faults_that_make_no_sense(self, world: World, wrong: Any) -> None:
        assert world.put("/control/mailbox/faults", json=wrong).status_code == 422
        assert send(world) == 201

    def test_knows_its_venues(self, world: World) -> None:
        assert world.put("/control/nobody/faults", json={}).status_code == 404
        assert world.put("/control/mailbox/faults", content=b"{").status_code == 422
        assert world.get("/livez").text == "ok\n"


class TestIndependence:
    def test_nothing_of_the_platform_is_imported_and_nothing_of_it_imports_this(self) -> None:
        root = Path(__file__).parents[2]
        for folder, forbidden in (("sandbox", "fondaco"), ("src/fondaco", "sandbox")):
            files = sorted((root / folder).rglob("*.py"))
            assert files
            for path in files:
                assert forbidden not in imported(path), path


def imported(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.partition(".")[0])
    return names
