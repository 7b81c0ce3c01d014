"""Second factors, passkeys and stepping up, over HTTP."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from fondaco.credentials import factors
from fondaco.credentials.actions import resets
from fondaco.credentials.tests.letters_box import newest
from fondaco.credentials.tests.passkey import Passkey
from fondaco.credentials.tests.people import Person, make_person, now_step, with_totp
from fondaco.identity import models
from fondaco.identity.tests.people import PASSWORD, make_operator, sign_in
from fondaco.kit import clock
from tests.plumbing.api import ApiClient

pytestmark = pytest.mark.usefixtures("tenant")


def code_of(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def forget_proof(person: Person) -> None:
    """Let the last proof at the device be an hour old."""
    rows = models.Session.objects.filter(id=person.session.session_id)
    rows.update(proved_at=clock.now() - timedelta(hours=1))


class TestTotp:
    def test_is_set_up_by_a_qr_code_and_its_first_code(self, api: ApiClient) -> None:
        person = make_person()
        offer = api.post("/me/mfa", token=person.token).json()
        assert offer["qr_svg"].startswith("<?xml")
        assert "<svg" in offer["qr_svg"]
        assert offer["otpauth_uri"].startswith("otpauth://totp/")
        assert f"secret={offer['secret']}" in offer["otpauth_uri"]
        wrong = api.post("/me/mfa/verify", {"code": "x"}, token=person.token)
        assert code_of(wrong) == (403, "code_wrong")
        code = factors.code_at(offer["secret"], now_step())
        done = api.post("/me/mfa/verify", {"code": code}, token=person.token)
        assert done.status_code == 200, done.content
        assert len(done.json()["recovery_codes"]) == 10
        assert api.get("/me", token=person.token).json()["user"]["is_2fa_enabled"]
        shown = api.get("/me/mfa", token=person.token).json()
        assert shown == {"totp": True, "recovery_codes_left": 10, "passkeys": []}
        assert "authenticator was added" in newest(person.email).text

    def test_is_switched_off_and_its_recovery_codes_with_it(self, api: ApiClient) -> None:
        person = make_person()
        with_totp(person)
        assert api.delete("/me/mfa", token=person.token).status_code == 204
        shown = api.get("/me/mfa", token=person.token).json()
        assert shown == {"totp": False, "recovery_codes_left": 0, "passkeys": []}
        assert not api.get("/me", token=person.token).json()["user"]["is_2fa_enabled"]
        assert code_of(api.delete("/me/mfa", token=person.token)) == (409, "factor_missing")

    def test_is_set_up_once(self, api: ApiClient) -> None:
        person = make_person()
        with_totp(person)
        assert code_of(api.post("/me/mfa", token=person.token)) == (409, "factor_present")

    def test_has_recovery_codes_that_are_made_anew(self, api: ApiClient) -> None:
        person = make_person()
        _, old = with_totp(person)
        made = api.post("/me/mfa/recovery-codes", token=person.token).json()["recovery_codes"]
        assert set(made).isdisjoint(old)
        forget_proof(person)
        for code, status in ((old[0], 403), (made[0], 204)):
            answer = api.post("/me/step-up", {"code": code}, token=person.token)
            assert answer.status_code == status

    def test_keeps_no_seed_in_clear(self) -> None:
        person = make_person()
        seed, codes = with_totp(person)
        with connection.cursor() as cursor:
            cursor.execute("SELECT data::text FROM mfa_authenticator")
            kept = "".join(row[0] for row in cursor.fetchall())
        assert seed not in kept
        assert not any(code in kept for code in codes)


class TestStepUp:
    def test_is_demanded_when_the_last_proof_is_old(self, api: ApiClient) -> None:
        person = make_person()
        forget_proof(person)
        for answer in (
            api.post("/me/mfa", token=person.token),
            api.post("/me/passkeys/options", token=person.token),
            api.post("/me/email/change", {"email": "new@example.com"}, token=person.token),
            api.get("/me/export", token=person.token),
            api.post("/me/erasure", token=person.token),
            api.post("/me/closing", token=person.token),
        ):
            assert code_of(answer) == (403, "step_up_required")

    def test_is_done_by_the_password(self, api: ApiClient) -> None:
        person = make_person()
        forget_proof(person)
        wrong = api.post("/me/step-up", {"password": "not the password"}, token=person.token)
        assert code_of(wrong) == (403, "code_wrong")
        done = api.post("/me/step-up", {"password": PASSWORD}, token=person.token)
        assert done.status_code == 204
        assert api.post("/me/mfa", token=person.token).status_code == 200

    def test_is_done_by_a_code_that_is_sent(self, api: ApiClient) -> None:
        person = make_person()
        forget_proof(person)
        handle = api.post("/me/step-up/code", token=person.token).json()["handle"]
        body = {"handle": handle, "code": newest(person.email).code}
        assert api.post("/me/step-up", body, token=person.token).status_code == 204
        assert code_of(api.post("/me/step-up", body, token=person.token)) == (403, "code_wrong")

    def test_takes_nothing_but_the_second_factor_where_there_is_one(self, api: ApiClient) -> None:
        person = make_person()
        seed, _ = with_totp(person)
        wrong = api.post("/me/step-up", {"password": PASSWORD}, token=person.token)
        assert code_of(wrong) == (403, "code_wrong")
        code = factors.code_at(seed, now_step())
        assert api.post("/me/step-up", {"code": code}, token=person.token).status_code == 204


class TestPasskeys:
    def test_are_made_listed_and_log_in_without_password(self, api: ApiClient) -> None:
        person, passkey = make_person(), Passkey()
        self._add(api, person, passkey)
        listed = api.get("/me/mfa", token=person.token).json()["passkeys"]
        assert [one["name"] for one in listed] == ["Key ring"]
        answer = self._enter(api, passkey)
        assert answer.status_code == 200, answer.content
        assert answer.json()["user_id"] == person.user.wire_id
        password = {"identifier": person.email, "password": PASSWORD}
        refused = api.post("/auth/login", password).json()
        assert (refused["code"], refused["methods"]) == ("second_factor_required", ["passkey"])
        gone = api.delete(f"/me/passkeys/{listed[0]['id']}", token=person.token)
        assert gone.status_code == 204
        assert code_of(self._enter(api, passkey)) == (401, "passkey_refused")

    def test_answer_each_question_once(self, api: ApiClient) -> None:
        person, passkey = make_person(), Passkey()
        self._add(api, person, passkey)
        asked = api.post("/auth/passkey/options").json()
        body = {"handle": asked["handle"], "credential": passkey.sign(asked["options"])}
        assert api.post("/auth/passkey", body).status_code == 200
        assert code_of(api.post("/auth/passkey", body)) == (401, "passkey_refused")

    def test_of_another_page_or_another_key_open_nothing(self, api: ApiClient) -> None:
        person, passkey = make_person(), Passkey()
        self._add(api, person, passkey)
        elsewhere = Passkey("https://evil.example", passkey.key, passkey.id, passkey.person)
        forged = Passkey(id=passkey.id, person=passkey.person)
        for bad in (elsewhere, forged):
            assert code_of(self._enter(api, bad)) == (401, "passkey_refused")

    @pytest.mark.parametrize(
        "credential", [{}, {"id": "x"}, {"response": None}, {"response": {"userHandle": 7}}]
    )
    def test_that_are_malformed_open_nothing(
        self, api: ApiClient, credential: dict[str, Any]
    ) -> None:
        handle = api.post("/auth/passkey/options").json()["handle"]
        answer = api.post("/auth/passkey", {"handle": handle, "credential": credential})
        assert code_of(answer) == (401, "passkey_refused")

    def _add(self, api: ApiClient, person: Person, passkey: Passkey) -> None:
        asked = api.post("/me/passkeys/options", token=person.token).json()
        body = {
            "handle": asked["handle"],
            "name": "Key ring",
            "credential": passkey.make(asked["options"]),
        }
        made = api.post("/me/passkeys", body, token=person.token)
        assert made.status_code == 201, made.content

    def _enter(self, api: ApiClient, passkey: Passkey) -> Any:
        asked = api.post("/auth/passkey/options").json()
        body = {"handle": asked["handle"], "credential": passkey.sign(asked["options"])}
        return api.post("/auth/passkey", body)


class TestALostFactor:
    def test_is_reset_by_two_persons_after_a_day_with_notice(self, api: ApiClient) -> None:
        person = make_person()
        with_totp(person)
        first, second = (sign_in(make_operator()).access_token for _ in range(2))
        made = api.post(
            f"/operator/users/{person.user.wire_id}/factor-reset",
            {"reason": "lost telephone"},
            token=first,
        )
        assert made.status_code == 201, made.content
        assert "proposed to remove" in newest(person.email).text
        path = f"/operator/factor-resets/{made.json()['id']}/approve"
        assert code_of(api.post(path, token=first)) == (403, "second_person_required")
        assert api.post(path, token=second).status_code == 200
        assert "in a day" in newest(person.email).text
        resets.perform_due()
        assert factors.has_totp(person.user.id)
        with clock.set_to(clock.now() + resets.DELAY + timedelta(minutes=1)):
            resets.perform_due()
        assert not factors.has_totp(person.user.id)
        password = {"identifier": person.email, "password": PASSWORD}
        assert api.post("/auth/login", password).status_code == 200
        assert api.get("/me", token=person.token).status_code == 401

    def test_is_not_reset_when_the_person_uses_it_meanwhile(self, api: ApiClient) -> None:
        person = make_person()
        seed, _ = with_totp(person)
        first, second = make_operator(), make_operator()
        made = resets.propose(
            user_id=person.user.id, reason="said so", operator_id=first.id, by=first.actor
        )
        resets.approve(reset_id=made.id, operator_id=second.id, by=second.actor)
        password = {"identifier": person.email, "password": PASSWORD}
        handle = api.post("/auth/login", password).json()["handle"]
        code = factors.code_at(seed, now_step())
        api.post("/auth/login/second-factor", {"handle": handle, "code": code})
        with clock.set_to(clock.now() + resets.DELAY + timedelta(minutes=1)):
            resets.perform_due()
        assert factors.has_totp(person.user.id)

    def test_is_proposed_by_nobody_without_the_right(self, api: ApiClient) -> None:
        person = make_person()
        with_totp(person)
        reader = make_operator(permissions=frozenset({"customers:read"}))
        path = f"/operator/users/{person.user.wire_id}/factor-reset"
        for token in (sign_in(reader).access_token, person.token):
            answer = api.post(path, {"reason": "x"}, token=token)
            assert code_of(answer) == (403, "forbidden")
