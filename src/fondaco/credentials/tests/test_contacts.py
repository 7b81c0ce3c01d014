"""Proving and changing e-mail and telephone, a forgotten password, Telegram."""

from datetime import timedelta
from typing import Any

import pytest

from fondaco.credentials import telegram
from fondaco.credentials.states import Purpose
from fondaco.credentials.tests.letters_box import letters_to, newest, post
from fondaco.credentials.tests.people import Person, make_person, read, with_totp
from fondaco.identity import models, queries as people
from fondaco.identity.tests.people import PASSWORD, make_client, sign_in, unique
from fondaco.identity.tests.races import together
from fondaco.kit import clock
from fondaco.kit.ids import uuid7
from fondaco.kit.options import override
from tests.plumbing.api import ApiClient

pytestmark = pytest.mark.usefixtures("tenant")

NEW = "saffron-galley-topaz-cedar"
BOT = "4242:bot-token-of-the-tests"


def code_of(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def unproved() -> Person:
    made = make_client()
    return Person(made.user, sign_in(made.user))


class TestEmail:
    def test_is_proved_by_the_link_of_a_registration_once_within_a_day(
        self, api: ApiClient
    ) -> None:
        email = f"{unique()}@example.com"
        body = {"kind": "client", "email": email, "password": PASSWORD}
        token = api.post("/auth/register", body).json()["access_token"]
        assert not api.get("/me", token=token).json()["user"]["is_email_verified"]
        link = newest(email).token
        with clock.set_to(clock.now() + timedelta(hours=25)):
            late = api.post("/auth/email/verify", {"token": link})
        assert code_of(late) == (401, "link_refused")
        assert api.post("/auth/email/verify", {"token": link}).status_code == 204
        assert api.get("/me", token=token).json()["user"]["is_email_verified"]
        again = api.post("/auth/email/verify", {"token": link})
        assert code_of(again) == (401, "link_refused")

    def test_has_its_link_sent_again_and_the_first_one_is_worthless(self, api: ApiClient) -> None:
        person = unproved()
        for _ in range(2):
            assert api.post("/me/email/verification", token=person.token).status_code == 204
        first, second = (letter.token for letter in letters_to(person.email)[-2:])
        refused = api.post("/auth/email/verify", {"token": first})
        assert code_of(refused) == (401, "link_refused")
        assert api.post("/auth/email/verify", {"token": second}).status_code == 204

    def test_is_changed_when_both_sides_confirm_and_money_stays_for_a_day(
        self, api: ApiClient
    ) -> None:
        person, new = make_person(), f"{unique()}@example.com"
        other_device = sign_in(person.user).access_token
        asked = api.post("/me/email/change", {"email": new}, token=person.token)
        assert asked.status_code == 200, asked.content
        body = {"handle": asked.json()["handle"], "code": newest(new).code}
        one_side = api.post("/me/email/change/confirm", body, token=person.token)
        assert code_of(one_side) == (403, "code_wrong")
        both = body | {"old_code": newest(person.email).code}
        done = api.post("/me/email/change/confirm", both, token=person.token)
        assert done.status_code == 204, done.content
        assert read(person.user).email == new
        assert "was changed" in newest(person.email).text
        assert api.get("/me", token=other_device).status_code == 401
        customer_id = person.session.customer_id
        assert customer_id is not None
        now = clock.now()
        assert not people.may_money_leave(customer_id=customer_id, at=now)
        assert people.may_money_leave(customer_id=customer_id, at=now + timedelta(hours=25))
        wallet = api.post("/wallets", {}, token=person.token).json()["token"]
        out = api.post(
            f"/wallets/{wallet}/cash-outs",
            {"amount": "1.00", "destination": "bank"},
            token=person.token,
        )
        assert code_of(out) == (409, "money_held")

    def test_is_not_changed_with_another_persons_handle(self, api: ApiClient) -> None:
        person, thief, new = make_person(), make_person(), f"{unique()}@example.com"
        handle = api.post("/me/email/change", {"email": new}, token=person.token).json()["handle"]
        body = {
            "handle": handle,
            "code": newest(new).code,
            "old_code": newest(person.email).code,
        }
        answer = api.post("/me/email/change/confirm", body, token=thief.token)
        assert code_of(answer) == (403, "code_wrong")

    @pytest.mark.parametrize(
        "email", ["a@b\r\nBcc: x@y.example", "a\u0430@example.com", "x" * 400, "plain"]
    )
    def test_takes_no_injection_and_no_look_alike(self, api: ApiClient, email: str) -> None:
        answer = api.post("/me/email/change", {"email": email}, token=make_person().token)
        assert answer.status_code == 422
        assert answer.json()["field"] == "email"


class TestPhone:
    def test_is_proved_by_a_code(self, api: ApiClient) -> None:
        person = make_person(with_phone=True)
        models.User.objects.filter(id=person.user.id).update(phone_verified_at=None)
        handle = api.post("/me/phone/verification", token=person.token).json()["handle"]
        body = {"handle": handle, "code": newest(person.phone).code}
        assert api.post("/me/phone/verify", body, token=person.token).status_code == 204
        assert api.get("/me", token=person.token).json()["user"]["is_phone_verified"]

    def test_is_added_by_the_new_side_alone_where_there_was_none(self, api: ApiClient) -> None:
        person, phone = make_person(), f"+346{uuid7().int % 10**8:08}"
        handle = api.post("/me/phone/change", {"phone": phone}, token=person.token).json()["handle"]
        body = {"handle": handle, "code": newest(phone).code}
        assert api.post("/me/phone/change/confirm", body, token=person.token).status_code == 204
        assert read(person.user).phone == phone

    def test_is_changed_when_both_sides_confirm_and_money_stays_for_a_day(
        self, api: ApiClient
    ) -> None:
        person, new = make_person(with_phone=True), f"+346{uuid7().int % 10**8:08}"
        handle = api.post("/me/phone/change", {"phone": new}, token=person.token).json()["handle"]
        body = {"handle": handle, "code": newest(new).code}
        one_side = api.post("/me/phone/change/confirm", body, token=person.token)
        assert code_of(one_side) == (403, "code_wrong")
        both = body | {"old_code": newest(person.phone).code}
        assert api.post("/me/phone/change/confirm", both, token=person.token).status_code == 204
        assert read(person.user).phone == new
        wallet = api.post("/wallets", {}, token=person.token).json()["token"]
        ask = {"amount": "1.00", "destination": "bank"}
        out = api.post(f"/wallets/{wallet}/cash-outs", ask, token=person.token)
        assert code_of(out) == (409, "money_held")


class TestAForgottenPassword:
    def test_is_replaced_by_the_link_once_and_all_devices_leave(self, api: ApiClient) -> None:
        person = make_person()
        token = self._link(api, person)
        weak = api.post("/auth/password-reset/confirm", {"token": token, "password": "short"})
        assert code_of(weak) == (422, "weak_password")
        body = {"token": token, "password": NEW}
        assert api.post("/auth/password-reset/confirm", body).status_code == 204
        assert api.get("/me", token=person.token).status_code == 401
        assert "was changed" in newest(person.email).text
        again = api.post("/auth/password-reset/confirm", body)
        assert code_of(again) == (401, "link_refused")
        login = {"identifier": person.email, "password": NEW}
        assert api.post("/auth/login", login).status_code == 200

    def test_is_replaced_by_exactly_one_who_comes_with_the_link(self, api: ApiClient) -> None:
        person = make_person()
        body = {"token": self._link(api, person), "password": NEW}
        answers = together(
            4, lambda: ApiClient("alpha.test").post("/auth/password-reset/confirm", body)
        )
        codes = sorted(getattr(one, "status_code", 0) for one in answers)
        assert codes == [204, 401, 401, 401]

    def test_has_a_link_for_an_hour(self, api: ApiClient) -> None:
        person = make_person()
        body = {"token": self._link(api, person), "password": NEW}
        with clock.set_to(clock.now() + timedelta(minutes=61)):
            answer = api.post("/auth/password-reset/confirm", body)
        assert code_of(answer) == (401, "link_refused")

    def test_takes_no_second_factor_away(self, api: ApiClient) -> None:
        person = make_person()
        with_totp(person)
        body = {"token": self._link(api, person), "password": NEW}
        assert api.post("/auth/password-reset/confirm", body).status_code == 204
        login = api.post("/auth/login", {"identifier": person.email, "password": NEW})
        assert code_of(login) == (401, "second_factor_required")

    def test_is_a_megabyte_long_for_nobody(self, api: ApiClient) -> None:
        body = {"token": "flk_x", "password": "x" * 1_000_000}
        answer = api.post("/auth/password-reset/confirm", body)
        assert (answer.status_code, answer.json()["field"]) == (422, "password")

    def _link(self, api: ApiClient, person: Person) -> str:
        assert api.post("/auth/password-reset", {"identifier": person.email}).status_code == 204
        post(Purpose.PASSWORD_RESET)
        return newest(person.email).token


def signed(telegram_id: int, **more: str) -> dict[str, Any]:
    fields = {
        "id": str(telegram_id),
        "first_name": "Ann",
        "auth_date": str(int(clock.now().timestamp())),
        **more,
    }
    return {"fields": fields | {"hash": telegram.sign(fields, token=BOT)}}


def fresh_id() -> int:
    return uuid7().int % 10**12 + 1


class TestTelegram:
    def test_makes_a_client_with_a_wallet_and_logs_him_in_afterwards(self, api: ApiClient) -> None:
        telegram_id = fresh_id()
        with override(telegram_bot_token=BOT):
            made = api.post("/auth/telegram", signed(telegram_id))
            assert made.status_code == 200, made.content
            wallets = api.get("/wallets", token=made.json()["access_token"]).json()["items"]
            assert len(wallets) == 1
            back = api.post("/auth/telegram", signed(telegram_id, username="ann"))
        assert back.json()["user_id"] == made.json()["user_id"]

    def test_is_believed_once(self, api: ApiClient) -> None:
        body = signed(fresh_id())
        with override(telegram_bot_token=BOT):
            assert api.post("/auth/telegram", body).status_code == 200
            assert code_of(api.post("/auth/telegram", body)) == (401, "telegram_refused")

    def test_is_not_believed_when_forged_old_or_of_another_bot(self, api: ApiClient) -> None:
        body = signed(fresh_id())
        changed = {"fields": body["fields"] | {"id": str(fresh_id())}}
        unsigned = {"fields": {"id": "1"}}
        with override(telegram_bot_token=BOT):
            for bad in (changed, unsigned):
                assert code_of(api.post("/auth/telegram", bad)) == (401, "telegram_refused")
            with clock.set_to(clock.now() + telegram.AGE_MAX + timedelta(minutes=2)):
                assert code_of(api.post("/auth/telegram", body)) == (401, "telegram_refused")
        for other in ("", "1:another"):
            with override(telegram_bot_token=other):
                assert code_of(api.post("/auth/telegram", body)) == (401, "telegram_refused")

    def test_is_assigned_verified_and_unassigned(self, api: ApiClient) -> None:
        person, telegram_id = make_person(), fresh_id()
        with override(telegram_bot_token=BOT):
            body = signed(telegram_id)
            assert api.post("/me/telegram", body, token=person.token).status_code == 204
            mine = api.post("/me/telegram/verify", signed(telegram_id), token=person.token)
            assert mine.json() == {"is_assigned": True}
            other = api.post("/me/telegram/verify", signed(fresh_id()), token=person.token)
            assert other.json() == {"is_assigned": False}
            login = api.post("/auth/telegram", signed(telegram_id, username="x"))
            assert login.json()["user_id"] == person.user.wire_id
            taken = api.post("/me/telegram", signed(telegram_id, n="1"), token=make_person().token)
            assert code_of(taken) == (409, "identifier_taken")
        assert api.delete("/me/telegram", token=person.token).status_code == 204
        assert read(person.user).telegram_id is None

    def test_stays_where_it_is_the_only_way_in(self, api: ApiClient) -> None:
        with override(telegram_bot_token=BOT):
            token = api.post("/auth/telegram", signed(fresh_id())).json()["access_token"]
        assert code_of(api.delete("/me/telegram", token=token)) == (409, "last_identifier")
