"""What a password must be, and how it is kept."""

from collections.abc import Iterator
from unittest import mock

import pytest

from fondaco.identity import passwords
from fondaco.identity.passwords import WeakPassword, check_rules, hash_password, verify

GOOD = "walnut-copper-olive-lantern"


class TestRules:
    @pytest.mark.parametrize(
        "password",
        [GOOD, "Tr0ub4dour&3xx", "péndulo azul café", "日本語のとても長い合言葉です"],
    )
    def test_take_a_long_password_of_any_letters(self, password: str) -> None:
        check_rules(password)

    @pytest.mark.parametrize(
        "password",
        [
            "",
            "elevenchars",
            "aaaaaaaaaaaaaaaa",
            "ababababababab",
            "manchesterunited",
            "ManchesterUnited",
            "manchesterunited2024!",
            "Password-2026",
            "passwordpassword1",
            "\ud800" + GOOD,
        ],
    )
    def test_refuse_short_plain_and_breached_ones(self, password: str) -> None:
        with pytest.raises(WeakPassword) as refusal:
            check_rules(password)
        assert refusal.value.field == "password"

    @pytest.mark.parametrize(
        "password",
        ["johnathan.wick", "johnathan.wick12", "Johnathan.Wick!johnathan.wick"],
    )
    def test_refuse_what_others_know_of_the_person(self, password: str) -> None:
        with pytest.raises(WeakPassword):
            check_rules(password, told=("johnathan.wick", None, ""))

    def test_let_a_short_name_stand_in_a_long_password(self) -> None:
        check_rules(GOOD + "johnathan.wick", told=("johnathan.wick", "Oli"))

    def test_refuse_a_megabyte_before_any_work(self) -> None:
        with (
            mock.patch("fondaco.identity.passwords.normalize") as fold,
            mock.patch.object(passwords._hasher, "encode") as encode,
        ):
            for refuse in (check_rules, hash_password):
                with pytest.raises(WeakPassword):
                    refuse("x" * 1_000_000)
        fold.assert_not_called()
        encode.assert_not_called()


class TestHash:
    @pytest.mark.usefixtures("full_passwords")
    def test_is_argon2id_with_the_chosen_cost(self) -> None:
        kept = hash_password(GOOD)
        assert kept.startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")
        assert len(kept) <= 128
        assert GOOD not in kept

    def test_is_another_one_each_time(self) -> None:
        assert hash_password(GOOD) != hash_password(GOOD)

    def test_of_other_parameters_is_outdated(self) -> None:
        kept = hash_password(GOOD)
        assert not passwords.is_outdated(kept)
        assert passwords.is_outdated(kept.replace("t=2", "t=1"))


class TestVerify:
    def test_knows_the_password_in_either_spelling(self) -> None:
        kept = hash_password("caf\u00e9 \ufb01ne walnuts")
        assert verify("cafe\u0301 fine walnuts", kept)

    def test_knows_no_other(self) -> None:
        assert not verify(GOOD + "x", hash_password(GOOD))

    @pytest.mark.parametrize("stored", [None, passwords.UNUSABLE])
    def test_lets_nobody_in_without_a_hash(self, stored: str | None) -> None:
        assert not verify("nobody's password", stored)

    @pytest.mark.parametrize("password", ["x" * 1_000_000, "\ud800"])
    def test_refuses_what_cannot_be_a_password_before_any_work(self, password: str) -> None:
        with mock.patch.object(passwords._hasher, "verify") as compare:
            assert not verify(password, None)
        compare.assert_not_called()


@pytest.fixture
def hashes() -> Iterator[mock.Mock]:
    """Count what costs time: each argon2 run over a password."""
    with mock.patch.object(passwords._hasher, "verify", wraps=passwords._hasher.verify) as compare:
        yield compare


class TestTheUnknown:
    def test_costs_one_hash_of_the_same_parameters_as_the_known(self, hashes: mock.Mock) -> None:
        kept = hash_password(GOOD)
        verify(GOOD, kept)
        verify(GOOD, None)
        known, unknown = (call.args[1] for call in hashes.call_args_list)
        assert known.rsplit("$", 2)[0] == unknown.rsplit("$", 2)[0]
        assert len(known) == len(unknown)
