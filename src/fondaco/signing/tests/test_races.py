"""Many at the same moment: the effect takes place once, or not at all."""

from collections.abc import Callable
from functools import partial

import pytest

from fondaco.identity.tests.races import together
from fondaco.kit.django import locks
from fondaco.kit.errors import DomainError
from fondaco.kit.lifecycle import IllegalMove
from fondaco.signing import actions, queries
from fondaco.signing.errors import AlreadySigned, RequestOpen, TermsChanged
from fondaco.signing.models import Signature
from fondaco.signing.states import RequestState
from fondaco.signing.tests.cast import band, member, payment, side, sign
from fondaco.signing.types import Person, Request

pytestmark = pytest.mark.usefixtures("tenant")

THREADS = 16


def race(*acts: Callable[[], Request]) -> list[Request | Exception]:
    """Have all happen at once, each in a thread of its own."""
    left = iter(acts)

    def one() -> Request:
        return next(left)()

    return together(len(acts), one)


def one_each(signers: list[Person], request: Request) -> list[Request | Exception]:
    """Have all sign at once."""
    return race(*[partial(sign, request, signer) for signer in signers])


class TestTheLastSignature:
    def test_given_by_two_at_once_has_one_effect(self) -> None:
        """Case d."""
        buyer = side()
        first, *rivals = [member(buyer, "b") for _ in range(3)]
        paying = payment(band(("b", 2)))
        request = sign(paying.propose(member(buyer)), first)
        answers = one_each(rivals, request)
        states = sorted(str(getattr(one, "state", type(one).__name__)) for one in answers)
        assert states == ["IllegalMove", "done"]
        assert paying.paid == 10_000
        assert Signature.objects.filter(request_id=request.id).count() == 2

    def test_given_by_sixteen_at_once_has_one_effect(self) -> None:
        buyer = side()
        signers = [member(buyer, "a") for _ in range(THREADS)]
        paying = payment(band(("a", 3)))
        request = paying.propose(member(buyer))
        answers = one_each(signers, request)
        refused = [one for one in answers if isinstance(one, Exception)]
        assert len(refused) == THREADS - 3
        assert {type(one) for one in refused} == {IllegalMove}
        assert paying.paid == 10_000
        assert Signature.objects.filter(request_id=request.id).count() == 3

    def test_by_one_human_sixteen_times_counts_once(self) -> None:
        buyer = side()
        signer = member(buyer, "a")
        member(buyer, "a")
        paying = payment(band(("a", 2)))
        request = paying.propose(member(buyer))
        answers = together(THREADS, lambda: sign(request, signer))
        refused = [one for one in answers if isinstance(one, Exception)]
        assert [type(one) for one in refused] == [AlreadySigned] * (THREADS - 1)
        assert paying.paid == 0


class TestAnAmendment:
    def test_never_lets_a_signature_of_the_old_terms_through(self) -> None:
        buyer = side()
        maker, signer = member(buyer), member(buyer, "a")
        paying = payment(band(("a", 1)))
        request = paying.propose(maker)
        terms = {**request.terms, "amount": "1.00"}
        answers = race(
            lambda: sign(request, signer),
            lambda: actions.amend(request_id=request.id, terms=terms, author=maker),
        )
        (lost,) = [one for one in answers if isinstance(one, Exception)]
        now = queries.get_request(request_id=request.id)
        if isinstance(lost, TermsChanged):
            assert (now.state, now.round, paying.paid) == (RequestState.WAITING, 2, 0)
        else:
            assert isinstance(lost, IllegalMove)
            assert (now.state, now.round, paying.paid) == (RequestState.DONE, 1, 10_000)


class TestEnds:
    def test_of_all_kinds_at_once_leave_one(self) -> None:
        buyer = side()
        maker = member(buyer)
        signers = [member(buyer, "a") for _ in range(2)]
        paying = payment(band(("a", 1)))
        request = paying.propose(maker)
        answers = race(
            lambda: sign(request, signers[0]),
            lambda: actions.refuse(request_id=request.id, reason="No", person=signers[1]),
            lambda: actions.withdraw(request_id=request.id, reason="Oh", person=maker),
        )
        (won,) = [one for one in answers if isinstance(one, Request)]
        assert len([one for one in answers if isinstance(one, DomainError)]) == 2
        is_done = won.state is RequestState.DONE
        assert (paying.paid, len(paying.ended)) == ((10_000, 0) if is_done else (0, 1))


class TestTheSameSubject:
    def test_proposed_by_sixteen_at_once_waits_once(self) -> None:
        buyer = side()
        maker = member(buyer)
        member(buyer, "a")
        paying = payment(band(("a", 1)))
        terms = paying.terms(buyer)
        answers = together(
            THREADS,
            lambda: locks.retrying(
                lambda: actions.propose(kind=paying.kind, terms=terms, maker=maker)
            ),
        )
        refused = [type(one) for one in answers if isinstance(one, Exception)]
        assert refused == [RequestOpen] * (THREADS - 1)
