"""The eight cases on which approval engines are known to fail, and what surrounds them."""

from datetime import timedelta

import pytest

from fondaco.identity import models as people
from fondaco.identity.states import StaffRole
from fondaco.kit import clock
from fondaco.kit.errors import InvalidField, NotFound
from fondaco.kit.lifecycle import IllegalMove
from fondaco.signing import actions, queries, tasks
from fondaco.signing.errors import (
    AlreadySigned,
    MakerMayNotSign,
    NoBand,
    RequestExpired,
    RequestOpen,
    SignatureNotWanted,
    SignersMissing,
    TermsChanged,
)
from fondaco.signing.states import RequestState
from fondaco.signing.tests.cast import band, decide, member, payment, side, sign, staff
from fondaco.signing.types import NewDelegation, Person

pytestmark = pytest.mark.usefixtures("tenant")


def delegated(giver: Person, taker: Person, **more: object) -> None:
    now = clock.now()
    asked = {"starts_at": now - timedelta(hours=1), "ends_at": now + timedelta(days=1), **more}
    actions.delegate(ask=NewDelegation(delegate_id=taker.user_id, **asked), by=giver)  # type: ignore[arg-type] # the test's own keywords


class TestAnAmount:
    def test_below_the_band_wants_one_signature_of_the_band_below(self) -> None:
        """Case a: 9,999.99 where two sign from 10,000 on."""
        buyer = side()
        maker, first, second = (member(buyer, "a") for _ in range(3))
        paying = payment(band(("a", 1), high="10000"), band(("a", 2), low="10000", high="1000000"))
        small = paying.propose(maker, amount="9999.99")
        assert sign(small, first).state is RequestState.DONE
        assert paying.paid == 999_999
        large = paying.propose(maker, amount="10000.00")
        assert sign(large, first).state is RequestState.WAITING
        assert paying.paid == 999_999
        assert sign(large, second).state is RequestState.DONE
        assert paying.paid == 1_999_999

    def test_that_no_band_covers_is_refused(self) -> None:
        buyer = side()
        maker = member(buyer, "a")
        member(buyer, "a")
        paying = payment(band(("a", 1), high="100"))
        with pytest.raises(NoBand):
            paying.propose(maker, amount="100.00")

    def test_whose_band_wants_nobody_is_carried_out_at_once(self) -> None:
        paying = payment(band())
        assert paying.propose(member(side())).state is RequestState.DONE
        assert paying.paid == 10_000


class TestOneHuman:
    def test_signs_once(self) -> None:
        """Case b."""
        buyer = side()
        maker, first = member(buyer), member(buyer, "a")
        member(buyer, "a")
        paying = payment(band(("a", 2)))
        request = sign(paying.propose(maker), first)
        with pytest.raises(AlreadySigned):
            sign(request, first)
        assert len(queries.get_request(request_id=request.id).signatures) == 1
        assert paying.paid == 0

    @pytest.mark.parametrize("in_order", [True, False])
    def test_in_two_groups_fills_one_place(self, *, in_order: bool) -> None:
        """Case c."""
        buyer = side()
        maker, both, other = member(buyer), member(buyer, "a", "b"), member(buyer, "b")
        paying = payment(band(("a", 1), ("b", 1), in_order=in_order))
        request = sign(paying.propose(maker), both)
        with pytest.raises(AlreadySigned):
            sign(request, both)
        assert paying.paid == 0
        assert sign(request, other).state is RequestState.DONE

    def test_takes_the_place_that_nobody_else_could(self) -> None:
        buyer = side()
        maker, both, only_b = member(buyer), member(buyer, "a", "b"), member(buyer, "b")
        paying = payment(band(("b", 1), ("a", 1), in_order=False))
        request = sign(paying.propose(maker), both)
        assert [one.group for one in request.signatures] == ["a"]
        assert sign(request, only_b).state is RequestState.DONE

    def test_does_not_sign_again_for_another(self) -> None:
        buyer = side()
        maker, first, absent = member(buyer), member(buyer, "a"), member(buyer, "a")
        delegated(absent, first)
        request = sign(payment(band(("a", 2))).propose(maker), first)
        with pytest.raises(AlreadySigned):
            sign(request, first)

    def test_is_not_counted_again_through_a_delegate(self) -> None:
        buyer = side()
        maker, first, clerk = member(buyer), member(buyer, "a"), member(buyer)
        member(buyer, "a")
        delegated(first, clerk)
        request = sign(payment(band(("a", 2))).propose(maker), first)
        with pytest.raises(AlreadySigned):
            sign(request, clerk)

    def test_who_wrote_the_terms_does_not_sign_them(self) -> None:
        buyer = side()
        maker, other = member(buyer, "a"), member(buyer, "a")
        paying = payment(band(("a", 1)))
        request = paying.propose(maker)
        with pytest.raises(MakerMayNotSign):
            sign(request, maker)
        assert paying.paid == 0
        assert sign(request, other).state is RequestState.DONE

    def test_who_wrote_the_terms_signs_where_the_policy_says_so(self) -> None:
        buyer = side()
        maker = member(buyer, "a")
        request = payment(band(("a", 1), maker_signs=True)).propose(maker)
        assert sign(request, maker).state is RequestState.DONE


class TestAmendment:
    def test_voids_what_was_signed(self) -> None:
        """Case e."""
        buyer = side()
        maker, first, second = member(buyer), member(buyer, "a"), member(buyer, "a")
        paying = payment(band(("a", 2)))
        old = sign(paying.propose(maker), first)
        terms = {**old.terms, "to": "ES99"}
        new = actions.amend(request_id=old.id, terms=terms, author=maker)
        assert (new.round, new.terms["to"]) == (2, "ES99")
        assert new.digest != old.digest
        with pytest.raises(TermsChanged):
            sign(old, second)
        assert sign(new, second).state is RequestState.WAITING
        assert paying.paid == 0
        assert sign(new, first).state is RequestState.DONE
        assert paying.paid == 10_000

    def test_takes_the_stages_of_the_new_amount(self) -> None:
        buyer = side()
        maker, first, second = (member(buyer, "a") for _ in range(3))
        paying = payment(band(("a", 1), high="1000"), band(("a", 2), low="1000"))
        old = paying.propose(maker)
        terms = {**old.terms, "amount": "1000.00"}
        new = actions.amend(request_id=old.id, terms=terms, author=maker)
        assert sign(new, first).state is RequestState.WAITING
        assert sign(new, second).state is RequestState.DONE
        assert paying.paid == 100_000

    def test_makes_its_author_one_who_does_not_sign(self) -> None:
        buyer = side()
        maker, author, third = (member(buyer, "a") for _ in range(3))
        old = payment(band(("a", 1))).propose(maker)
        new = actions.amend(request_id=old.id, terms={**old.terms, "to": "ES99"}, author=author)
        for writer in (maker, author):
            with pytest.raises(MakerMayNotSign):
                sign(new, writer)
        assert sign(new, third).state is RequestState.DONE

    def test_is_about_the_same_thing(self) -> None:
        buyer = side()
        maker = member(buyer)
        member(buyer, "a")
        old = payment(band(("a", 1))).propose(maker)
        with pytest.raises(InvalidField):
            actions.amend(request_id=old.id, terms={**old.terms, "subject": "x"}, author=maker)

    def test_is_not_for_strangers(self) -> None:
        buyer = side()
        member(buyer, "a")
        old = payment(band(("a", 1))).propose(member(buyer))
        with pytest.raises(NotFound):
            actions.amend(request_id=old.id, terms=old.terms, author=member(side(), "a"))


class TestRefusal:
    def test_at_the_second_stage_ends_it_and_releases_what_was_set_aside(self) -> None:
        """Case f."""
        buyer = side()
        maker, first, second = member(buyer), member(buyer, "a"), member(buyer, "b")
        paying = payment(band(("a", 1), ("b", 1)))
        request = sign(paying.propose(maker), first)
        done = actions.refuse(request_id=request.id, reason="Too dear", person=second)
        assert done.state is RequestState.REFUSED
        assert [one.id for one in paying.ended] == [request.id]
        with pytest.raises(IllegalMove):
            sign(request, second)
        assert paying.paid == 0
        assert queries.list_steps(request_id=request.id)[-1][3] == "Too dear"

    def test_waits_for_one_s_turn(self) -> None:
        buyer = side()
        member(buyer, "a")
        later = member(buyer, "b")
        request = payment(band(("a", 1), ("b", 1))).propose(member(buyer))
        for act in (actions.refuse, actions.withdraw):
            with pytest.raises((SignatureNotWanted, MakerMayNotSign)):
                act(request_id=request.id, reason="No", person=later)
        assert queries.get_request(request_id=request.id).state is RequestState.WAITING

    def test_of_one_s_own_is_a_withdrawal(self) -> None:
        buyer = side()
        maker = member(buyer)
        member(buyer, "a")
        paying = payment(band(("a", 1)))
        request = paying.propose(maker)
        taken = actions.withdraw(request_id=request.id, reason="Mistake", person=maker)
        assert taken.state is RequestState.WITHDRAWN
        assert len(paying.ended) == 1


class TestADelegate:
    def test_who_made_the_request_is_refused(self) -> None:
        """Case g."""
        buyer = side()
        maker, holder = member(buyer), member(buyer, "a")
        delegated(holder, maker)
        request = payment(band(("a", 1))).propose(maker)
        with pytest.raises(MakerMayNotSign):
            sign(request, maker)

    def test_of_the_maker_is_refused(self) -> None:
        buyer = side()
        maker, clerk = member(buyer, "a"), member(buyer)
        member(buyer, "a")
        delegated(maker, clerk)
        request = payment(band(("a", 1))).propose(maker)
        with pytest.raises(MakerMayNotSign):
            sign(request, clerk)

    def test_signs_for_another(self) -> None:
        buyer = side()
        holder, clerk = member(buyer, "a"), member(buyer)
        delegated(holder, clerk)
        done = sign(payment(band(("a", 1))).propose(member(buyer)), clerk)
        (signature,) = done.signatures
        assert (signature.signer_id, signature.holder_id) == (clerk.user_id, holder.user_id)

    def test_cannot_pass_it_on(self) -> None:
        buyer = side()
        holder, clerk, third = member(buyer, "a"), member(buyer), member(buyer)
        delegated(holder, clerk)
        delegated(clerk, third)
        request = payment(band(("a", 1))).propose(member(buyer))
        with pytest.raises(NotFound):
            sign(request, third)

    @pytest.mark.parametrize("case", ["early", "late", "other action", "above the cap", "revoked"])
    def test_signs_nothing_outside_of_what_was_delegated(self, case: str) -> None:
        buyer, now, hour = side(), clock.now(), timedelta(hours=1)
        holder, clerk = member(buyer, "a"), member(buyer)
        paying = payment(band(("a", 1)))
        request = paying.propose(member(buyer))
        assert request.amount is not None
        given: dict[str, dict[str, object]] = {
            "early": {"starts_at": now + hour, "ends_at": now + 2 * hour},
            "late": {"starts_at": now - hour, "ends_at": now + hour},
            "other action": {"actions": ("signing.policy",)},
            "above the cap": {
                "cap": request.amount - type(request.amount)(1, request.amount.asset)
            },
            "revoked": {},
        }
        delegated(holder, clerk, **given[case])
        if case == "revoked":
            (made,) = queries.list_delegations(person=holder)
            actions.revoke_delegation(delegation_id=made.id, by=holder)
        with (
            clock.set_to(now + 2 * hour if case == "late" else now),
            pytest.raises((SignatureNotWanted, NotFound)),
        ):
            sign(request, clerk)
        assert paying.paid == 0


class TestTwoSides:
    def test_sign_one_after_the_other(self) -> None:
        """Case h: two of the buyer, then three of the bank; handed over only after the second."""
        buyer, bank = side(), side()
        maker = member(buyer)
        buyers = [member(buyer, "a") for _ in range(2)]
        bankers = [member(bank, "a") for _ in range(3)]
        paying = payment(band(("a", 2)))
        decide(bank, paying.kind, band(("a", 3)))
        request = paying.propose(maker, buyer, bank)
        assert [stage.owner for stage in request.stages] == [buyer, bank]
        sign(request, buyers[0])
        with pytest.raises(SignatureNotWanted):
            sign(request, bankers[0])
        assert queries.list_waiting(person=bankers[0], at=clock.now()) == []
        sign(request, buyers[1])
        assert [one.id for one in queries.list_waiting(person=bankers[0], at=clock.now())] == [
            request.id
        ]
        for banker in bankers[:2]:
            assert sign(request, banker).state is RequestState.WAITING
        assert paying.paid == 0
        assert sign(request, bankers[2]).state is RequestState.DONE
        assert paying.paid == 10_000

    def test_are_not_signed_for_by_the_house(self) -> None:
        buyer = side()
        member(buyer, "a")
        request = payment(band(("a", 1))).propose(member(buyer))
        with pytest.raises(NotFound):
            sign(request, staff("*", role=StaffRole.MASTER_ADMIN))


class TestSigners:
    def test_too_few_refuse_the_request(self) -> None:
        buyer = side()
        maker = member(buyer, "a")
        member(buyer, "a")
        with pytest.raises(SignersMissing):
            payment(band(("a", 2))).propose(maker)

    def test_in_two_groups_are_not_counted_twice(self) -> None:
        buyer = side()
        member(buyer, "a", "b")
        with pytest.raises(SignersMissing):
            payment(band(("a", 1), ("b", 1))).propose(member(buyer))

    def test_who_are_shut_out_or_lost_their_group_sign_nothing(self) -> None:
        buyer = side()
        gone, demoted = member(buyer, "a"), member(buyer, "a")
        request = payment(band(("a", 1))).propose(member(buyer))
        people.User.objects.filter(id=gone.user_id).update(disabled_at=clock.now())
        people.Membership.objects.filter(user_id=demoted.user_id).update(permissions=[])
        for one in (gone, demoted):
            with pytest.raises(NotFound):
                sign(request, one)

    def test_that_are_auditors_sign_nothing(self) -> None:
        group = f"tests:{side().hex}"
        staff(group)
        auditor = staff(group, role=StaffRole.AUDITOR)
        request = payment(band((group, 1))).propose(staff(group))
        with pytest.raises(NotFound):
            sign(request, auditor)


class TestTime:
    def test_that_is_over_ends_a_request_even_before_the_job(self) -> None:
        buyer = side()
        signer = member(buyer, "a")
        paying = payment(band(("a", 1), expires_h=1))
        request = paying.propose(member(buyer))
        later = request.expires_at + timedelta(seconds=1)
        with clock.set_to(later), pytest.raises(RequestExpired):
            sign(request, signer)
        assert queries.get_request(request_id=request.id).state is RequestState.WAITING
        with clock.set_to(later):
            tasks.expire_sign_requests()
        assert queries.get_request(request_id=request.id).state is RequestState.EXPIRED
        assert [one.id for one in paying.ended] == [request.id]
        assert paying.paid == 0


class TestOneSubject:
    def test_waits_in_one_request_at_a_time(self) -> None:
        buyer = side()
        maker = member(buyer)
        signer = member(buyer, "a")
        paying = payment(band(("a", 1)))
        first = paying.propose(maker)
        with pytest.raises(RequestOpen):
            actions.propose(kind=paying.kind, terms=first.terms, maker=maker)
        sign(first, signer)
        again = actions.propose(kind=paying.kind, terms=first.terms, maker=maker)
        assert again.state is RequestState.WAITING
