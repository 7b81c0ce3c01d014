"""Notifications over HTTP: one's own list and wishes, leaving mailings, and the operators' desk."""

from typing import Any

import pytest

from fondaco.identity import actions as identity
from fondaco.identity.events import LevelChanged
from fondaco.identity.tests.people import bearer, make_operator, sign_in, unique
from fondaco.kit.access import SYSTEM
from fondaco.kit.django import deliveries
from fondaco.kit.django.models.deliveries import Delivery, DeliveryState
from fondaco.kit.ids import encode, uuid7
from fondaco.notifications import queries, unsubscribing
from fondaco.notifications.states import Channel
from fondaco.notifications.tests.cast import Somebody, ask_for_money, happen, tell
from tests.plumbing.api import ApiClient
from tests.plumbing.letters import Post

pytestmark = pytest.mark.usefixtures("tenant")

TEMPLATES = "/operator/notifications/templates"
ONE = f"{TEMPLATES}/request_asked/email/en"


class Caller:
    """Somebody who is logged in."""

    def __init__(self, api: ApiClient, user: Any) -> None:
        self._headers, self._api = bearer(sign_in(user)), api

    def send(self, method: str, path: str, json: Any = None) -> Any:
        return self._api.send(method, path, json, headers=self._headers)


@pytest.fixture
def desk(api: ApiClient) -> Caller:
    return Caller(api, make_operator())


class TestOneSOwnList:
    def test_shows_what_one_was_told_and_what_is_unread(self, api: ApiClient) -> None:
        ada, eve = Somebody(), Somebody()
        mine, hers = Caller(api, ada.user), Caller(api, eve.user)
        for _ in range(2):
            ask_for_money(ada, asker=eve)
        tell()
        page = mine.send("GET", "/me/notifications?limit=1").json()
        (second,) = page["items"]
        rest = mine.send("GET", f"/me/notifications?limit=1&cursor={page['next']}").json()
        assert [one["notice"] for one in rest["items"]] == ["request_asked"]
        assert mine.send("GET", "/me/notifications/unread").json() == {"unread": 2}
        path = f"/me/notifications/{second['id']}/read"
        assert hers.send("POST", path).status_code == 404
        assert mine.send("POST", path).json()["read_at"] is not None
        assert len(mine.send("GET", "/me/notifications?unread=true").json()["items"]) == 1
        assert mine.send("POST", "/me/notifications/read").json() == {"unread": 0}
        assert mine.send("GET", "/me/notifications/unread").json() == {"unread": 0}


class TestPreferences:
    def test_are_shown_and_changed(self, api: ApiClient) -> None:
        mine = Caller(api, Somebody().user)
        path = "/me/notification-preferences"
        wish = {"notice": "request_asked", "channel": "sms", "is_on": True}
        answer = mine.send("PATCH", path, {"items": [wish]})
        assert answer.status_code == 200
        shown = {(one["notice"], one["channel"]): one for one in answer.json()["items"]}
        assert shown["request_asked", "sms"]["is_on"] is True
        assert shown["wallet_blocked", "email"]["is_fixed"] is True
        assert ("message_died", "in_app") not in shown
        assert mine.send("GET", path).json() == answer.json()

    @pytest.mark.parametrize(
        ("wish", "status", "code"),
        [
            ({"notice": "wallet_blocked", "channel": "email", "is_on": False}, 409, "always_sent"),
            ({"notice": "no_such", "channel": "email", "is_on": False}, 422, "invalid_field"),
            ({"notice": "welcome", "channel": "apprise", "is_on": True}, 422, "invalid_field"),
        ],
    )
    def test_refuse_what_cannot_be_wished(
        self, api: ApiClient, wish: Any, status: int, code: str
    ) -> None:
        mine = Caller(api, Somebody().user)
        other = {"notice": "welcome", "channel": "sms", "is_on": True}
        answer = mine.send("PATCH", "/me/notification-preferences", {"items": [other, wish]})
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        shown = mine.send("GET", "/me/notification-preferences").json()["items"]
        sms = [one for one in shown if (one["notice"], one["channel"]) == ("welcome", "sms")]
        assert sms[0]["is_on"] is False


class TestSlack:
    def test_is_proved_by_a_code_that_is_sent_there(self, api: ApiClient, accounts: Post) -> None:
        ada = Somebody()
        mine, member = Caller(api, ada.user), f"U{ada.id.hex[-10:].upper()}"
        path = "/me/notification-preferences/slack"
        assert mine.send("PUT", path, {"member": "#general"}).status_code == 422
        assert mine.send("PUT", path, {"member": member}).status_code == 204
        deliver_code()
        (letter,) = accounts.letters(channel="slack", recipient=member)
        code = letter["text"][:6]
        wrong = f"{(int(code) + 1) % 1_000_000:06d}"
        assert mine.send("POST", f"{path}/verification", {"code": wrong}).status_code == 409
        assert mine.send("POST", f"{path}/verification", {"code": code}).status_code == 204
        assert mine.send("POST", f"{path}/verification", {"code": code}).status_code == 409
        assert mine.send("DELETE", path).status_code == 204

    def test_takes_no_code_after_five_wrong_ones(self, api: ApiClient, accounts: Post) -> None:
        ada = Somebody()
        mine, member = Caller(api, ada.user), f"U{ada.id.hex[-10:].upper()}"
        path = "/me/notification-preferences/slack"
        mine.send("PUT", path, {"member": member})
        deliver_code()
        code = accounts.letters(channel="slack", recipient=member)[0]["text"][:6]
        for step in range(1, 6):
            wrong = f"{(int(code) + step) % 1_000_000:06d}"
            assert mine.send("POST", f"{path}/verification", {"code": wrong}).status_code == 409
        answer = mine.send("POST", f"{path}/verification", {"code": code})
        assert answer.json()["code"] == "wrong_slack_code"


def deliver_code() -> None:
    """Deliver the newest code; others' messages stay, of which a run leaves thousands."""
    newest = Delivery.objects.filter(purpose="notifications.slack").latest("id")
    assert deliveries.deliver(delivery_id=newest.id) == DeliveryState.SENT


class TestLeavingMailings:
    def test_takes_one_click_and_no_look(self, api: ApiClient) -> None:
        ada = Somebody()
        path = f"/notifications/unsubscribe/{unsubscribing.token_of(ada.id)}"
        page = api.get(path)
        assert page["Content-Type"].startswith("text/html")
        assert "form-action 'self'" in page["Content-Security-Policy"]
        assert not left(ada)
        answer = api.send(
            "POST",
            path,
            body="List-Unsubscribe=One-Click",
            content_type="application/x-www-form-urlencoded",
            key=None,
        )
        assert answer.status_code == 200
        assert left(ada)
        assert api.get("/notifications/unsubscribe/AAAA").status_code == 404


def left(somebody: Somebody) -> bool:
    found = queries.wishes_of([somebody.id], ["mailing"]).get(somebody.id, {})
    return found.get(("mailing", Channel.EMAIL)) is False


class TestTemplates:
    def test_are_worded_otherwise_and_restored(self, desk: Caller) -> None:
        before = desk.send("GET", ONE).json()
        assert "asker_name" in before["names"]
        seen = before["template"]["version"]
        draft = {
            "subject": "Pay {{ asker_name }}",
            "text": "{{ name }}: {{ amount.amount }}",
            "html": "<p>{{ name }}</p>",
        }
        saved = desk.send("PUT", ONE, {**draft, "replaces": seen}).json()
        assert saved["version"] == seen + 1
        ada = Somebody(name="<Ada>")
        ask_for_money(ada)
        tell()
        content = ada.messages(channel=Channel.EMAIL)[0].content
        assert content is not None
        assert (content["text"], content["html"]) == ("<Ada>: 5.50", "<p>&lt;Ada&gt;</p>")
        answer = desk.send("PUT", ONE, {**draft, "replaces": seen})
        assert (answer.status_code, answer.json()["code"]) == (409, "stale_template")
        back = {"version": 0, "replaces": seen + 1}
        restored = desk.send("POST", f"{ONE}/restore", back).json()
        assert restored["is_shipped"] is True
        assert restored["wording"] == before["template"]["wording"]
        versions = desk.send("GET", f"{ONE}/versions").json()["items"]
        assert [one["version"] for one in versions[:2]] == [seen + 2, seen + 1]
        again = desk.send("POST", f"{ONE}/restore", {"version": seen + 1, "replaces": seen + 2})
        assert again.json()["wording"]["subject"] == draft["subject"]
        desk.send("POST", f"{ONE}/restore", {"version": 0, "replaces": seen + 3})

    def test_speak_a_person_s_language_where_there_are_words_in_it(self, desk: Caller) -> None:
        path = f"{TEMPLATES}/level_changed/in_app/es"
        seen = desk.send("GET", path).json()["template"]["version"]
        words = {"subject": "Su nivel", "text": "Ahora: {{ after }}", "replaces": seen}
        assert desk.send("PUT", path, words).status_code == 200
        ada, eve = Somebody(language="es"), Somebody(language="de")
        for one in (ada, eve):
            happen(LevelChanged(customer=one.wire, before="none", after="verified"))
        tell()
        (spanish,), (german,) = (
            one.messages(channel=Channel.IN_APP, notice="level_changed") for one in (ada, eve)
        )
        assert (spanish.language, german.language) == ("es", "en")
        assert spanish.content is not None
        assert spanish.content["text"] == "Ahora: verified"
        desk.send("POST", f"{path}/restore", {"version": 0, "replaces": seen + 1})

    @pytest.mark.parametrize(
        ("draft", "field"),
        [
            ({"subject": "x", "text": "{{ name"}, "text"),
            ({"subject": "{{ password }}", "text": "x"}, "subject"),
            ({"subject": "x", "text": "{{ name.__class__ }}"}, "text"),
            ({"subject": "x", "text": "x", "html": "<script>{{ name }}</script>"}, "html"),
            ({"subject": "x", "text": "x", "html": '<a href="{{ name }}">x</a>'}, "html"),
            ({"subject": "", "text": "x"}, "subject"),
            ({"subject": "x", "text": " "}, "text"),
            ({"subject": "x", "text": "{% if reason %}x{% endif %}"}, "text"),
        ],
    )
    def test_are_refused_when_they_are_saved(self, desk: Caller, draft: Any, field: str) -> None:
        seen = desk.send("GET", ONE).json()["template"]["version"]
        for answer in (
            desk.send("PUT", ONE, {**draft, "replaces": seen}),
            desk.send("POST", f"{ONE}/preview", draft),
        ):
            assert (answer.status_code, answer.json()["code"]) == (422, "template_refused")
            assert answer.json()["field"] == field
        assert desk.send("GET", ONE).json()["template"]["version"] == seen

    def test_are_previewed_with_values_made_harmless(self, desk: Caller) -> None:
        draft = {
            "subject": "{{ name }}",
            "text": "{{ amount.amount }}",
            "html": "<b>{{ name }}</b>",
            "data": {"name": "<img src=x>\r\nBcc: eve@example.com"},
        }
        shown = desk.send("POST", f"{ONE}/preview", draft).json()
        assert shown["subject"] == "<img src=x> Bcc: eve@example.com"
        assert shown["text"] == "12.34"
        assert shown["html"].startswith("<b>&lt;img src=x&gt;")

    @pytest.mark.parametrize("path", ["no_such/email/en", "mailing/email/en"])
    def test_are_of_known_notices(self, desk: Caller, path: str) -> None:
        body = {"subject": "x", "text": "x", "replaces": 0}
        assert desk.send("PUT", f"{TEMPLATES}/{path}", body).status_code == 404
        body = {"text": "x", "replaces": 0}
        assert desk.send("PUT", f"{TEMPLATES}/welcome/sms/xx", body).json()["field"] == "language"


class TestMessages:
    def test_are_found_shown_and_sent_again(self, desk: Caller) -> None:
        ada = Somebody()
        ada.want("request_asked", Channel.SMS)
        ask_for_money(ada)
        tell()
        (row,) = ada.messages()
        path = "/operator/notifications/messages"
        user = encode("usr", ada.id)
        (listed,) = desk.send("GET", f"{path}?user={user}&state=waiting").json()["items"]
        shown = desk.send("GET", f"{path}/{listed['id']}").json()
        assert shown["message"] == listed
        assert "5.50 USD" in shown["text"]
        assert "text" not in listed
        answer = desk.send("POST", f"{path}/{listed['id']}/resend")
        assert (answer.status_code, answer.json()["state"]) == (200, "waiting")
        row.content = None
        row.save(update_fields=["content"])
        gone = desk.send("POST", f"{path}/{listed['id']}/resend")
        assert gone.json()["code"] == "nothing_to_send"


class TestMailings:
    def test_are_written_started_paused_and_cancelled(self, desk: Caller) -> None:
        path = "/operator/notifications/mailings"
        group = identity.make_group(name=unique("circle"), by=SYSTEM)
        body = {
            "label": "News",
            "subject": "News",
            "text": "Hello {{ name }} {{ unsubscribe_url }}",
            "audience": {"group": encode("grp", group.id)},
        }
        made = desk.send("POST", path, body)
        assert (made.status_code, made.json()["state"]) == (201, "draft")
        one = f"{path}/{made.json()['id']}"
        assert desk.send("POST", f"{one}/start").json()["state"] == "running"
        assert desk.send("POST", f"{one}/pause").json()["state"] == "paused"
        assert desk.send("POST", f"{one}/pause").json()["code"] == "illegal_move"
        assert desk.send("POST", f"{one}/cancel").json()["state"] == "cancelled"
        assert desk.send("GET", one).json()["state"] == "cancelled"
        found = desk.send("GET", f"{path}?limit=5").json()["items"]
        assert made.json()["id"] in [item["id"] for item in found]
        unknown = body | {"audience": {"group": encode("grp", uuid7())}}
        assert desk.send("POST", path, unknown).json()["field"] == "group"
