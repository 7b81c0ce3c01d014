"""Signatures over HTTP: what waits, signing with a recent proof, policies, delegations."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from fondaco.audit import queries as audit
from fondaco.identity import actions as identity, models as people
from fondaco.identity.types import user_wire
from fondaco.kit import clock
from fondaco.kit.django.models import Event
from fondaco.signing.content import digest as digest_of
from fondaco.signing.tests.cast import Payment, band, decide, member, payment, side
from fondaco.signing.types import Person
from tests.plumbing.api import ApiClient

pytestmark = pytest.mark.usefixtures("tenant")

ROOT = "/signatures"


def token(person: Person) -> str:
    """Log somebody in, which is a recent proof too."""
    return identity.open_session(user_id=person.user_id).access_token


def policy_of(api: ApiClient, person: Person, action: str) -> Any:
    """Give who signs an action on a person's side."""
    items = api.get(f"{ROOT}/policies", token=token(person)).json()["items"]
    (found,) = [one for one in items if one["action"] == action]
    return found


class Desk:
    """A payment that waits for two of a side, with the people around it."""

    def __init__(self) -> None:
        self.side = side()
        self.maker, self.first, self.second = (
            member(self.side, *groups) for groups in ((), ("a",), ("a",))
        )
        self.paying: Payment = payment(band(("a", 2)))
        self.request = self.paying.propose(self.maker)
        self.path = f"{ROOT}/{self.request.wire_id}"

    @property
    def consent(self) -> dict[str, Any]:
        return {"digest": self.request.digest}


@pytest.fixture
def desk() -> Desk:
    return Desk()


class TestWaiting:
    def test_shows_what_is_to_be_signed_to_whom_it_concerns(
        self, api: ApiClient, desk: Desk
    ) -> None:
        (shown,) = api.get(ROOT, token=token(desk.first)).json()["items"]
        assert (shown["id"], shown["amount"]) == (
            desk.request.wire_id,
            {"amount": "100.00", "currency": "USD"},
        )
        assert digest_of(shown["content"]) == shown["digest"] == desk.request.digest
        assert api.get(ROOT, token=token(desk.maker)).json()["items"] == []
        stranger = token(member(side(), "a"))
        assert api.get(ROOT, token=stranger).json()["items"] == []
        assert api.get(desk.path, token=stranger).status_code == 404


class TestSign:
    def test_by_all_pays_and_tells(self, api: ApiClient, desk: Desk) -> None:
        first, second = token(desk.first), token(desk.second)
        one = api.post(f"{desk.path}/sign", desk.consent, token=first)
        assert (one.status_code, one.json()["state"], desk.paying.paid) == (200, "waiting", 0)
        two = api.post(f"{desk.path}/sign", {**desk.consent, "comment": "Fine"}, token=second)
        assert (two.json()["state"], two.json()["result"]) == ("done", {"result": "posted"})
        assert desk.paying.paid == 10_000
        file = api.get(desk.path, token=token(desk.maker)).json()
        assert [step["state"] for step in file["steps"]] == ["waiting", "done"]
        assert [one["comment"] for one in file["request"]["signatures"]] == ["", "Fine"]
        told = Event.objects.filter(subject=desk.request.wire_id).order_by("id")
        assert list(told.values_list("type", flat=True)) == [
            "signing.request.proposed",
            "signing.request.signed",
            "signing.request.signed",
            "signing.request.ended",
        ]
        noted = audit.list_entries(subject=desk.request.wire_id, limit=9).items
        assert [entry.action.rpartition(".")[2] for entry in reversed(noted)] == [
            "propose",
            "sign",
            "sign",
            "carry_out",
        ]

    def test_again_with_the_same_key_gives_the_same_answer(
        self, api: ApiClient, desk: Desk
    ) -> None:
        first, key = token(desk.first), str(uuid4())
        sent = [api.post(f"{desk.path}/sign", desk.consent, token=first, key=key) for _ in range(2)]
        assert sent[0].content == sent[1].content
        assert sent[1].headers["Idempotent-Replay"] == "true"
        other = api.post(f"{desk.path}/sign", desk.consent, token=first)
        assert (other.status_code, other.json()["code"]) == (409, "already_signed")

    def test_wants_a_recent_proof(self, api: ApiClient, desk: Desk) -> None:
        first = token(desk.first)
        past = clock.now() - timedelta(minutes=6)
        people.Session.objects.filter(user_id=desk.first.user_id).update(proved_at=past)
        answer = api.post(f"{desk.path}/sign", desk.consent, token=first)
        assert (answer.status_code, answer.json()["code"]) == (403, "step_up_required")
        assert api.get(desk.path, token=first).json()["request"]["signatures"] == []

    @pytest.mark.parametrize(
        ("body", "status", "code"),
        [
            ({"digest": "0" * 64}, 409, "terms_changed"),
            ({"digest": "x"}, 422, "invalid_field"),
            ({}, 422, "invalid_field"),
        ],
    )
    def test_is_refused_under_anything_else(
        self, api: ApiClient, desk: Desk, body: dict[str, str], status: int, code: str
    ) -> None:
        answer = api.post(f"{desk.path}/sign", body, token=token(desk.first))
        assert (answer.status_code, answer.json()["code"]) == (status, code)

    def test_is_refused_to_the_maker(self, api: ApiClient, desk: Desk) -> None:
        answer = api.post(f"{desk.path}/sign", desk.consent, token=token(desk.maker))
        assert answer.json()["code"] == "signature_not_wanted"


class TestEnding:
    def test_by_a_refusal_or_a_withdrawal_pays_nothing(self, api: ApiClient) -> None:
        for verb, who in (("refuse", "first"), ("withdraw", "maker")):
            desk = Desk()
            answer = api.post(
                f"{desk.path}/{verb}", {"reason": "No"}, token=token(getattr(desk, who))
            )
            assert answer.json()["state"] == {"refuse": "refused", "withdraw": "withdrawn"}[verb]
            late = api.post(f"{desk.path}/sign", desk.consent, token=token(desk.second))
            assert (late.status_code, late.json()["code"]) == (409, "illegal_move")
            assert desk.paying.paid == 0


class TestAmend:
    def test_begins_a_round_in_which_nobody_has_signed(self, api: ApiClient, desk: Desk) -> None:
        api.post(f"{desk.path}/sign", desk.consent, token=token(desk.first))
        terms = {**desk.request.terms, "to": "ES99"}
        new = api.post(f"{desk.path}/amend", {"terms": terms}, token=token(desk.maker)).json()
        assert (new["round"], [one["is_void"] for one in new["signatures"]]) == (2, [True])

    @pytest.mark.parametrize(
        ("changed", "field"), [({"to": 1.5}, "terms.to"), ({"extra": "x"}, "terms.extra")]
    )
    def test_takes_terms_of_the_same_shape_alone(
        self, api: ApiClient, desk: Desk, changed: dict[str, Any], field: str
    ) -> None:
        terms = {**desk.request.terms, **changed}
        answer = api.post(f"{desk.path}/amend", {"terms": terms}, token=token(desk.maker))
        assert (answer.status_code, answer.json()["field"]) == (422, field)


class TestPolicies:
    def test_are_changed_by_two_persons(self, api: ApiClient) -> None:
        owner, paying = side(), payment()
        one, two = (member(owner, "signing:policies", "signing:read") for _ in range(2))
        member(owner, "a")
        bands = [{"currency": "USD", "high": "100", "stages": [{"group": "a", "required": 1}]}]
        body = {"action": paying.kind, "bands": bands}
        made = api.post(f"{ROOT}/policies", body, token=token(one))
        assert made.status_code == 201, made.content
        assert policy_of(api, one, paying.kind)["version"] == 0
        path = f"{ROOT}/{made.json()['id']}/sign"
        consent = {"digest": made.json()["digest"]}
        assert api.post(path, consent, token=token(one)).json()["code"] == "maker_may_not_sign"
        done = api.post(path, consent, token=token(two)).json()
        assert (done["state"], done["result"]) == ("done", {"version": 1})
        now = policy_of(api, one, paying.kind)
        assert (now["version"], now["bands"][0]["high"]) == (1, "100")

    @pytest.mark.parametrize(
        ("changed", "status", "code"),
        [
            ({"action": "tests.unknown"}, 422, "invalid_field"),
            ({"bands": [{"currency": "USD", "low": "-1", "stages": []}]}, 422, "invalid_field"),
            ({"bands": [{"currency": "USD", "low": "NaN", "stages": []}]}, 422, "invalid_field"),
            ({"bands": [{"stages": []}, {"stages": []}]}, 422, "invalid_field"),
            ({"bands": [{"stages": [{"group": "z", "required": 1}]}]}, 409, "signers_missing"),
        ],
    )
    def test_that_cannot_be_are_refused(
        self, api: ApiClient, changed: dict[str, Any], status: int, code: str
    ) -> None:
        owner = side()
        one = member(owner, "signing:policies")
        member(owner, "signing:policies")
        body = {"action": payment().kind, "bands": [], **changed}
        answer = api.post(f"{ROOT}/policies", body, token=token(one))
        assert (answer.status_code, answer.json()["code"]) == (status, code)

    def test_of_one_person_alone_are_refused(self, api: ApiClient) -> None:
        alone = member(side(), "*")
        body = {"action": payment().kind, "bands": []}
        answer = api.post(f"{ROOT}/policies", body, token=token(alone))
        assert (answer.status_code, answer.json()["code"]) == (409, "signers_missing")

    def test_leave_what_waits_as_it_began(self, api: ApiClient, desk: Desk) -> None:
        decide(desk.side, desk.paying.kind, band(("a", 1)))
        answer = api.post(f"{desk.path}/sign", desk.consent, token=token(desk.first))
        assert answer.json()["state"] == "waiting"

    def test_are_not_for_everybody(self, api: ApiClient, desk: Desk) -> None:
        body = {"action": desk.paying.kind, "bands": []}
        answers = [
            api.post(f"{ROOT}/policies", body, token=token(desk.first)),
            api.get(f"{ROOT}/policies", token=token(desk.first)),
            api.get(f"{ROOT}/history", token=token(desk.first)),
        ]
        assert [answer.status_code for answer in answers] == [403] * 3


class TestHistory:
    def test_is_that_of_one_s_side(self, api: ApiClient, desk: Desk) -> None:
        reader, stranger = member(desk.side, "signing:read"), member(side(), "signing:read")
        path = f"{ROOT}/history?state=waiting"
        (shown,) = api.get(path, token=token(reader)).json()["items"]
        assert shown["id"] == desk.request.wire_id
        assert api.get(path, token=token(stranger)).json()["items"] == []
        assert api.get(desk.path, token=token(reader)).status_code == 200
        assert api.get(desk.path, token=token(stranger)).status_code == 404


class TestDelegations:
    def test_let_another_sign_until_they_are_revoked(self, api: ApiClient, desk: Desk) -> None:
        clerk, now = member(desk.side), clock.now()
        body = {
            "delegate": user_wire(clerk.user_id),
            "starts_at": now.isoformat(),
            "ends_at": (now + timedelta(days=7)).isoformat(),
            "cap": {"amount": "100.00", "currency": "USD"},
            "reason": "Holidays",
        }
        made = api.post(f"{ROOT}/delegations", body, token=token(desk.first))
        assert made.status_code == 201, made.content
        shown = api.get(f"{ROOT}/delegations", token=token(clerk)).json()["items"]
        assert [one["id"] for one in shown] == [made.json()["id"]]
        assert len(api.get(ROOT, token=token(clerk)).json()["items"]) == 1
        path = f"{ROOT}/delegations/{made.json()['id']}/revoke"
        assert api.post(path, token=token(clerk)).status_code == 404
        assert api.post(path, token=token(desk.first)).json()["revoked_at"]
        assert api.get(ROOT, token=token(clerk)).json()["items"] == []
        assert api.post(f"{desk.path}/sign", desk.consent, token=token(clerk)).status_code == 404

    @pytest.mark.parametrize("to", ["oneself", "a stranger"])
    def test_are_to_others_of_one_s_side(self, api: ApiClient, desk: Desk, to: str) -> None:
        other = desk.first if to == "oneself" else member(side(), "a")
        now = clock.now()
        body = {
            "delegate": user_wire(other.user_id),
            "starts_at": now.isoformat(),
            "ends_at": (now + timedelta(days=7)).isoformat(),
        }
        answer = api.post(f"{ROOT}/delegations", body, token=token(desk.first))
        assert (answer.status_code, answer.json()["code"]) == (409, "delegation_refused")

    @pytest.mark.parametrize(
        ("changed", "field"),
        [
            ({"ends_at": "2020-01-01T00:00:00Z"}, "ends_at"),
            ({"ends_at": "2999-01-01T00:00:00Z"}, "ends_at"),
            ({"actions": ["tests.unknown"]}, "actions"),
            ({"cap": {"amount": "1"}}, "cap.currency"),
        ],
    )
    def test_are_refused_by_the_name_of_a_field(
        self, api: ApiClient, desk: Desk, changed: dict[str, Any], field: str
    ) -> None:
        now = clock.now()
        body = {
            "delegate": user_wire(desk.second.user_id),
            "starts_at": now.isoformat(),
            "ends_at": (now + timedelta(days=7)).isoformat(),
            **changed,
        }
        answer = api.post(f"{ROOT}/delegations", body, token=token(desk.first))
        assert (answer.status_code, answer.json()["field"]) == (422, field)
