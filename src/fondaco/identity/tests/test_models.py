"""What Django's own tools, and libraries that use them, find in our users."""

from typing import Any

import pytest
from django.contrib.auth.hashers import get_hasher
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from fondaco.identity import models, passwords
from fondaco.identity.states import StaffRole
from fondaco.identity.tests.people import PASSWORD, make_client, make_operator, unique
from fondaco.kit import clock

pytestmark = pytest.mark.usefixtures("tenant")


def row_of(user_id: object) -> models.User:
    return models.User.objects.get(id=user_id)  # type: ignore[misc]  # any of our identifiers


class TestUser:
    def test_hashes_and_compares_as_the_platform_does(self) -> None:
        user = models.User()
        user.set_password("cafe\u0301 \ufb01ne walnuts")
        assert user.check_password("caf\u00e9 fine walnuts")
        assert passwords.verify("caf\u00e9 fine walnuts", user.password)
        assert not user.check_password(PASSWORD)
        assert isinstance(get_hasher(), passwords.Argon2)

    def test_without_password_matches_none(self) -> None:
        user = models.User()
        user.set_password(None)
        assert not user.has_usable_password()
        assert not user.check_password("")

    def test_is_found_by_each_identifier(self) -> None:
        made = make_client()
        for identifier in (made.user.email, made.user.username):
            assert models.User.objects.get_by_natural_key(identifier).id == made.user.id

    def test_is_a_superuser_only_as_master_admin(self) -> None:
        master = row_of(make_operator(role=StaffRole.MASTER_ADMIN).id)
        clerk = row_of(make_operator().id)
        assert master.is_staff
        assert master.has_perm("identity.change_user")
        assert not clerk.is_superuser
        assert not clerk.has_module_perms("identity")
        master.disabled_at = clock.now()
        assert not master.is_active
        assert not master.has_perm("identity.change_user")

    @pytest.mark.parametrize(
        "told",
        [
            {},
            {"email": "John@example.com"},
            {"email": "jöhn@example.com"},
            {"phone": "0034666666666"},
            {"username": "John Wick"},
            {"username": "jo"},
            {"staff_role": "king"},
            {"permissions": ["wallets:top_up"]},
        ],
    )
    def test_is_refused_by_the_database_in_any_other_form(self, told: dict[str, Any]) -> None:
        known = {} if told.keys() & {"email", "phone", "username"} else {"username": unique()}
        identified = told if not told else told | known
        with pytest.raises(IntegrityError), transaction.atomic():
            models.User.objects.create(created_at=clock.now(), **identified)


class TestRules:
    def test_are_those_of_the_platform(self) -> None:
        validate_password(PASSWORD)
        with pytest.raises(ValidationError, match="at least 12"):
            validate_password("short")
        with pytest.raises(ValidationError, match="name or address"):
            validate_password("wick.johnathan1", models.User(username="wick.johnathan"))
