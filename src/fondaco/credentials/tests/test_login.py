"""How somebody comes in."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from fondaco.audit.models import Entry
from fondaco.credentials import factors, locks
from fondaco.credentials.actions import login as actions
from fondaco.credentials.errors import LoginLocked, SecondFactorRequired, WrongCode
from fondaco.credentials.models import Challenge
from fondaco.credentials.states import Purpose
from fondaco.credentials.tests.letters_box import letters_to, newest, post
from fondaco.credentials.tests.people import STEP_S, make_person, now_step, with_totp
from fondaco.identity import models
from fondaco.identity.errors import WrongCredentials
from fondaco.identity.tests.people import PASSWORD, unique
from fondaco.identity.tests.races import together
from fondaco.identity.types import Origin, SignedIn, user_wire
from fondaco.kit import clock
from fondaco.kit.django.models import Event
from fondaco.kit.options import override
from tests.plumbing.api import ApiClient

pytestmark = pytest.mark.usefixtures("tenant")

HERE = Origin(address="203.0.113.7", agent="test")


def stops(user_id: UUID) -> int:
    subject = user_wire(user_id)
    return Event.objects.filter(type="credentials.login.locked", subject=subject).count()


def guesses(user_id: UUID) -> list[dict[str, Any]]:
    rows = Entry.objects.filter(action="credentials.login.lock", subject=user_wire(user_id))
    return list(rows.values_list("detail", flat=True))


def winners(answers: list[Any]) -> list[SignedIn]:
    return [one for one in answers if isinstance(one, SignedIn)]


class TestLoginByCode:
    def test_sends_one_code_to_email_and_telephone_and_opens_a_session(
        self, api: ApiClient
    ) -> None:
        person = make_person(with_phone=True)
        asked = api.post("/auth/login-code", {"identifier": person.email})
        assert asked.status_code == 200, asked.content
        post(Purpose.LOGIN_CODE)
        code = newest(person.email).code
        assert newest(person.phone).code == code
        answer = api.post(
            "/auth/login-code/confirm", {"handle": asked.json()["handle"], "code": code}
        )
        assert answer.status_code == 200, answer.content
        assert answer.json()["user_id"] == person.user.wire_id
        assert api.get("/me", token=answer.json()["access_token"]).status_code == 200

    def test_goes_by_one_channel_where_one_is_wanted(self) -> None:
        person = make_person(with_phone=True)
        actions.ask_login_code(identifier=person.phone, channels=("sms",))
        post(Purpose.LOGIN_CODE)
        assert newest(person.phone).channel == "sms"
        assert letters_to(person.email) == []

    def test_is_spent_by_its_first_use(self) -> None:
        person = make_person()
        asked = actions.ask_login_code(identifier=person.email, channels=("email",))
        post(Purpose.LOGIN_CODE)
        code = newest(person.email).code
        actions.login_by_code(handle=asked.handle, code=code, origin=HERE)
        with pytest.raises(WrongCode):
            actions.login_by_code(handle=asked.handle, code=code, origin=HERE)

    def test_lets_exactly_one_in_of_many_who_come_with_it_at_once(self) -> None:
        person = make_person()
        asked = actions.ask_login_code(identifier=person.email, channels=("email",))
        post(Purpose.LOGIN_CODE)
        code = newest(person.email).code
        answers = together(
            6, lambda: actions.login_by_code(handle=asked.handle, code=code, origin=HERE)
        )
        assert len(winners(answers)) == 1
        assert sum(isinstance(one, WrongCode) for one in answers) == 5

    def test_is_over_after_120_seconds(self) -> None:
        person = make_person()
        asked = actions.ask_login_code(identifier=person.email, channels=("email",))
        post(Purpose.LOGIN_CODE)
        code = newest(person.email).code
        with clock.set_to(clock.now() + timedelta(seconds=121)), pytest.raises(WrongCode):
            actions.login_by_code(handle=asked.handle, code=code, origin=HERE)

    def test_is_over_after_five_wrong_tries(self) -> None:
        person = make_person()
        asked = actions.ask_login_code(identifier=person.email, channels=("email",))
        post(Purpose.LOGIN_CODE)
        code = newest(person.email).code
        wrong = f"{(int(code) + 1) % 10**6:06}"
        for _ in range(5):
            with pytest.raises(WrongCode):
                actions.login_by_code(handle=asked.handle, code=wrong, origin=HERE)
        with pytest.raises(WrongCode):
            actions.login_by_code(handle=asked.handle, code=code, origin=HERE)

    def test_is_kept_as_a_digest_that_another_question_does_not_share(self) -> None:
        person = make_person()
        actions.ask_login_code(identifier=person.email, channels=("email",))
        post(Purpose.LOGIN_CODE)
        row = Challenge.objects.filter(user_id=person.user.id).latest("created_at")
        assert row.code_digest is not None
        assert len(bytes(row.code_digest)) == 32
        assert newest(person.email).code not in repr(bytes(row.code_digest))

    def test_reaches_nobody_by_an_address_that_is_not_proved(self) -> None:
        person = make_person()
        models.User.objects.filter(id=person.user.id).update(email_verified_at=None)
        actions.ask_login_code(identifier=person.email, channels=("email", "sms"))
        post(Purpose.LOGIN_CODE)
        assert letters_to(person.email) == []

    def test_asks_for_the_second_factor_too(self) -> None:
        person = make_person()
        with_totp(person)
        asked = actions.ask_login_code(identifier=person.email, channels=("email",))
        post(Purpose.LOGIN_CODE)
        with pytest.raises(SecondFactorRequired):
            actions.login_by_code(handle=asked.handle, code=newest(person.email).code, origin=HERE)


class TestSecondFactor:
    def test_is_asked_for_after_the_password_and_opens_the_session(self, api: ApiClient) -> None:
        person = make_person()
        seed, _ = with_totp(person)
        refused = api.post("/auth/login", {"identifier": person.email, "password": PASSWORD})
        assert refused.status_code == 401
        problem = refused.json()
        assert problem["code"] == "second_factor_required"
        assert problem["methods"] == ["totp", "recovery_code"]
        code = factors.code_at(seed, now_step())
        body = {"handle": problem["handle"], "code": code}
        answer = api.post("/auth/login/second-factor", body)
        assert answer.status_code == 200, answer.content
        assert answer.json()["user_id"] == person.user.wire_id

    def test_takes_no_code_twice_not_even_for_another_log_in(self) -> None:
        person = make_person()
        seed, _ = with_totp(person)
        code = factors.code_at(seed, now_step())
        assert self._enter(person.email, code)
        assert not self._enter(person.email, code)

    def test_takes_no_code_of_a_step_before_the_last(self) -> None:
        person = make_person()
        seed, _ = with_totp(person)
        step = now_step()
        later = clock.now() + timedelta(seconds=STEP_S)
        with clock.set_to(later):
            assert self._enter(person.email, factors.code_at(seed, step + 1))
            assert not self._enter(person.email, factors.code_at(seed, step))

    def test_lets_exactly_one_in_of_many_who_replay_a_code_at_once(self) -> None:
        person = make_person()
        seed, _ = with_totp(person)
        handles = [self._handle(person.email) for _ in range(4)]
        code = factors.code_at(seed, now_step())

        def enter() -> SignedIn:
            return actions.answer_second_factor(handle=handles.pop(), code=code, origin=HERE)

        assert len(winners(together(4, enter))) == 1

    def test_takes_each_recovery_code_once(self) -> None:
        person = make_person()
        _, codes = with_totp(person)
        assert len(set(codes)) == 10
        assert self._enter(person.email, codes[3])
        assert not self._enter(person.email, codes[3])
        assert self._enter(person.email, codes[0])

    def test_is_over_after_five_wrong_tries(self) -> None:
        person = make_person()
        seed, _ = with_totp(person)
        handle = self._handle(person.email)
        for _ in range(5):
            with pytest.raises(WrongCode):
                actions.answer_second_factor(handle=handle, code="000000x", origin=HERE)
        code = factors.code_at(seed, now_step())
        with pytest.raises(WrongCode):
            actions.answer_second_factor(handle=handle, code=code, origin=HERE)

    def test_is_refused_to_who_knows_the_password_and_guesses_on(self) -> None:
        person = make_person()
        seed, _ = with_totp(person)
        for _ in range(locks.FAILURES_MAX // 5):
            handle = self._handle(person.email)
            for _ in range(5):
                with pytest.raises(WrongCode):
                    actions.answer_second_factor(handle=handle, code="000000x", origin=HERE)
        handle, code = self._handle(person.email), factors.code_at(seed, now_step())
        with pytest.raises(LoginLocked):
            actions.answer_second_factor(handle=handle, code=code, origin=HERE)
        assert "tried many codes" in newest(person.email).text
        assert stops(person.user.id) == 1
        assert guesses(person.user.id) == [{"guessed": "factor"}]

    def _handle(self, identifier: str) -> str:
        with pytest.raises(SecondFactorRequired) as refused:
            actions.login(identifier=identifier, password=PASSWORD, origin=HERE)
        return str(refused.value.facts["handle"])

    def _enter(self, identifier: str, code: str) -> bool:
        try:
            actions.answer_second_factor(handle=self._handle(identifier), code=code, origin=HERE)
        except WrongCode:
            return False
        return True


class TestTheSoftLock:
    def test_comes_after_ten_wrong_passwords_with_a_notice_and_opens_by_a_code(self) -> None:
        person = make_person()
        self._guess(person.email)
        with pytest.raises(LoginLocked) as refused:
            actions.login(identifier=person.email, password=PASSWORD, origin=HERE)
        assert refused.value.retry_after_s
        assert "Many wrong passwords" in newest(person.email).text
        assert stops(person.user.id) == 1
        assert guesses(person.user.id) == [{"guessed": "password"}]
        asked = actions.ask_login_code(identifier=person.email, channels=("email",))
        post(Purpose.LOGIN_CODE)
        code = newest(person.email).code
        opened = actions.login_by_code(handle=asked.handle, code=code, origin=HERE)
        assert opened.user_id == person.user.id

    def test_comes_after_ten_wrong_codes_too_for_anybody_and_nobody(self) -> None:
        person = make_person()
        for identifier in (person.email, f"{unique()}@example.com"):
            for _ in range(locks.FAILURES_MAX // 5):
                asked = actions.ask_login_code(identifier=identifier, channels=("email",))
                for _ in range(5):
                    with pytest.raises(WrongCode):
                        actions.login_by_code(handle=asked.handle, code="x", origin=HERE)
            with pytest.raises(LoginLocked):
                actions.ask_login_code(identifier=identifier, channels=("email",))
        assert "Many wrong codes" in newest(person.email).text
        assert stops(person.user.id) == 1
        assert guesses(person.user.id) == [{"guessed": "code"}]

    def test_treats_an_identifier_that_nobody_has_alike(self) -> None:
        nobody = f"{unique()}@example.com"
        self._guess(nobody)
        with pytest.raises(LoginLocked):
            actions.login(identifier=nobody, password=PASSWORD, origin=HERE)

    def test_is_over_after_a_quarter_of_an_hour(self) -> None:
        person = make_person()
        self._guess(person.email)
        with clock.set_to(clock.now() + locks.LOCKED_FOR + timedelta(seconds=1)):
            opened = actions.login(identifier=person.email, password=PASSWORD, origin=HERE)
        assert opened.user_id == person.user.id

    def test_counts_guesses_of_many_addresses_and_spellings_together(self) -> None:
        person = make_person()
        for number in range(locks.FAILURES_MAX):
            spelling = person.email.upper() if number % 2 else person.email
            assert locks.count_failure(spelling) is (number == locks.FAILURES_MAX - 1)

    def _guess(self, identifier: str) -> None:
        for _ in range(locks.FAILURES_MAX - 1):
            locks.count_failure(identifier)
        with pytest.raises(WrongCredentials):
            actions.login(identifier=identifier, password="a wrong password", origin=HERE)


class TestBruteForce:
    def test_is_refused_for_one_account_from_many_addresses(self, api: ApiClient) -> None:
        person = make_person()
        body = {"identifier": person.email, "password": "a wrong password"}
        with override(rate_limits=True, trusted_proxies="127.0.0.0/8"):
            answers = [
                api.post(
                    "/auth/login", body, headers={"X-Forwarded-For": f"198.51.100.{number}"}
                ).status_code
                for number in range(7)
            ]
        assert answers.count(401) == 5
        assert answers[5:] == [429, 429]

    def test_is_refused_from_one_address_for_many_accounts(self, api: ApiClient) -> None:
        with override(rate_limits=True, trusted_proxies="127.0.0.0/8"):
            answers = [
                api.post(
                    "/auth/password-reset",
                    {"identifier": f"{unique()}@example.com"},
                    headers={"X-Forwarded-For": "192.0.2.77"},
                ).status_code
                for _ in range(7)
            ]
        assert answers[:5] == [204] * 5
        assert answers[5:] == [429, 429]


class TestSessions:
    def test_are_made_by_us_alone_whatever_the_caller_brings(self, api: ApiClient) -> None:
        person = make_person()
        body = {"identifier": person.email, "password": PASSWORD}
        chosen = {**body, "session_id": "ses_00000000000000000000000000"}
        assert api.post("/auth/login", chosen).json()["code"] == "unknown_field"
        fresh = api.post("/auth/login", body, token=person.token).json()
        assert fresh["session_id"] != api.get("/me", token=person.token).json()["session_id"]

    def test_of_a_disabled_person_are_opened_by_no_code(self) -> None:
        person = make_person()
        models.User.objects.filter(id=person.user.id).update(disabled_at=clock.now())
        actions.ask_login_code(identifier=person.email, channels=("email",))
        post(Purpose.LOGIN_CODE)
        assert letters_to(person.email) == []
