"""How a customer and his first user come to be."""

from typing import Any
from unittest import mock

import pytest
from django.db import IntegrityError, transaction

from fondaco.audit import queries as audit
from fondaco.identity import actions, models, passwords, queries
from fondaco.identity.actions.people import refuse_taken
from fondaco.identity.errors import IdentifierTaken
from fondaco.identity.passwords import WeakPassword
from fondaco.identity.states import CustomerKind, Level
from fondaco.identity.tests.people import PASSWORD, make_client, make_company, unique
from fondaco.identity.tests.races import together
from fondaco.identity.types import NewCustomer, Registered
from fondaco.kit.access import SYSTEM, Actor
from fondaco.kit.errors import InvalidField

pytestmark = pytest.mark.usefixtures("tenant")


def register(*, by: Actor | None = None, **changed: Any) -> Registered:
    said: dict[str, Any] = {
        "kind": CustomerKind.CLIENT,
        "email": f"{unique()}@example.com",
        "password": PASSWORD,
        "first_name": "John",
        "last_name": "Wick",
    }
    return actions.register(ask=NewCustomer(**(said | changed)), by=by)


class TestRegister:
    def test_makes_a_client_who_goes_by_the_persons_name(self) -> None:
        made = register(first_name=" John ", phone=None)
        assert made.customer.name == "John Wick"
        assert made.customer.level is Level.NOT_VERIFIED
        assert made.customer.disabled_at is None
        assert queries.get_customer(made.customer.id) == made.customer
        assert queries.get_user(made.user.id) == made.user
        assert queries.list_members(customer_id=made.customer.id) == [made.user]

    def test_makes_a_company_with_its_own_name_and_site(self) -> None:
        made = make_company()
        assert (made.customer.name, made.customer.url) == (
            "Harbour Books",
            "https://example.com",
        )
        assert made.customer.kind is CustomerKind.COMPANY

    def test_keeps_the_password_as_a_hash_only(self) -> None:
        made = make_client()
        kept = models.User.objects.get(id=made.user.id).password
        assert PASSWORD not in kept
        assert passwords.verify(PASSWORD, kept)

    def test_leaves_an_audit_row_by_the_new_user_himself(self) -> None:
        made = make_client()
        (row,) = audit.list_entries(subject=made.customer.wire_id).items
        assert row.action == "identity.customer.register"
        assert row.actor == f"user:{made.user.wire_id}"
        assert row.detail == {"user": made.user.wire_id, "kind": "client"}

    def test_names_who_registered_another(self) -> None:
        made = register(by=SYSTEM)
        (row,) = audit.list_entries(subject=made.customer.wire_id).items
        assert row.actor == "system:fondaco"

    @pytest.mark.parametrize(
        ("changed", "field"),
        [
            ({"email": None}, "email"),
            ({"email": "nobody"}, "email"),
            ({"phone": "12"}, "phone"),
            ({"username": "1"}, "username"),
            ({"first_name": "John\r\nX-Evil: 1"}, "first_name"),
            ({"last_name": "Wick\x00"}, "last_name"),
            ({"name": "A client has no firm"}, "name"),
            ({"url": "https://example.com"}, "url"),
            ({"kind": CustomerKind.COMPANY}, "name"),
            ({"kind": CustomerKind.COMPANY, "name": "x", "url": "javascript:1"}, "url"),
        ],
    )
    def test_refuses_a_value_by_the_name_of_its_field(
        self, changed: dict[str, Any], field: str
    ) -> None:
        before = models.User.objects.count()
        with pytest.raises(InvalidField) as refusal:
            register(**changed)
        assert refusal.value.field == field
        assert models.User.objects.count() == before

    @pytest.mark.parametrize("password", ["short", "x" * 1_000_000, "John-Wick-1964"])
    def test_refuses_a_weak_password(self, password: str) -> None:
        with pytest.raises(WeakPassword):
            register(password=password, username=unique(), first_name="John-Wick")

    @pytest.mark.parametrize("respelled", [str.upper, str.title, "  {}  ".format])
    def test_refuses_an_email_that_another_has_in_another_spelling(self, respelled: object) -> None:
        taken = make_client()
        assert callable(respelled)
        with pytest.raises(IdentifierTaken) as refusal:
            register(email=respelled(taken.user.email))
        assert refusal.value.field is None  # never which

    def test_hashes_once_whether_the_email_is_free_or_taken(self) -> None:
        taken = make_client().user.email
        with mock.patch.object(passwords._hasher, "encode", wraps=passwords._hasher.encode) as work:
            register()
            free = work.call_count
            with pytest.raises(IdentifierTaken):
                register(email=taken)
        assert free == 1
        assert work.call_count == 2

    def test_is_undone_with_the_callers_transaction(self) -> None:
        name = unique()
        with pytest.raises(Undo), transaction.atomic():
            _make_and_undo(name)
        assert queries.find_user(identifier=name) is None

    def test_leaves_the_callers_transaction_usable_when_the_email_is_taken(
        self,
    ) -> None:
        taken = make_client()
        with transaction.atomic():
            with pytest.raises(IdentifierTaken):
                register(email=taken.user.email)
            assert queries.get_user(taken.user.id) == taken.user


class TestRefuseTaken:
    def test_hides_no_mistake_of_ours(self) -> None:
        with pytest.raises(IntegrityError):
            refuse_taken(IntegrityError("another constraint"))


class Undo(Exception):
    """Undo a transaction."""


def _make_and_undo(name: str) -> None:
    make_client(username=name)
    raise Undo


class TestTwentyAtOnce:
    def test_make_one_user_of_one_email(self) -> None:
        email = f"{unique()}@example.com"
        before = models.Customer.objects.count()
        answers = together(20, lambda: register(email=email, username=unique()))
        winners = [answer for answer in answers if isinstance(answer, Registered)]
        refusals = [answer for answer in answers if isinstance(answer, IdentifierTaken)]
        assert (len(winners), len(refusals)) == (1, 19)
        assert models.User.objects.filter(email=email).count() == 1
        assert models.Customer.objects.count() == before + 1
