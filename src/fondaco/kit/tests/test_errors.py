"""The tree of refusals."""

from fondaco.kit.errors import (
    DomainError,
    Forbidden,
    InvalidField,
    Kind,
    NotFound,
    Unauthenticated,
    walk,
)


class Parent(DomainError):
    """Name no code, and so be no leaf."""


class Child(Parent):
    code = "errors_test_child"
    kind = Kind.CONFLICT
    title = "A child."


class Heir(Child):
    """Inherit a code without naming one."""


class TestDomainError:
    def test_carries_what_the_caller_needs(self) -> None:
        error = Child("No more.", field="amount", facts={"left": 1}, retry_after_s=3)
        assert (str(error), error.detail) == ("No more.", "No more.")
        assert (error.field, error.facts, error.retry_after_s) == ("amount", {"left": 1}, 3)

    def test_says_its_title_when_it_has_nothing_to_add(self) -> None:
        error = NotFound()
        assert str(error) == error.detail == NotFound.title
        assert (error.field, error.facts, error.retry_after_s) == (None, {}, None)

    def test_keeps_facts_of_its_own(self) -> None:
        facts = {"left": 1}
        error = Child(facts=facts)
        facts["left"] = 2
        assert error.facts == {"left": 1}


class TestWalk:
    def test_gives_what_names_a_code_once_and_in_order(self) -> None:
        found = list(walk())
        assert {Child, NotFound, Forbidden, Unauthenticated, InvalidField} <= set(found)
        assert Parent not in found
        assert Heir not in found
        codes = [error.code for error in found]
        assert codes == sorted(codes)

    def test_begins_where_it_is_told(self) -> None:
        assert list(walk(Parent)) == [Child]


class TestKind:
    def test_is_the_status_on_the_wire(self) -> None:
        assert [NotFound.kind.value, Forbidden.kind.value, Unauthenticated.kind.value] == [
            404,
            403,
            401,
        ]
        assert InvalidField.kind.value == 422
