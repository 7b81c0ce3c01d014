"""What holds whatever people do in whatever order, and what the database itself refuses."""

import os
from collections import Counter
from typing import Any, Final

import pytest
from django.db import DatabaseError, transaction
from hypothesis import HealthCheck, given, settings, strategies as st

from fondaco.identity import models as people
from fondaco.identity.tests.races import together
from fondaco.kit.errors import DomainError
from fondaco.kit.lifecycle import IllegalMove
from fondaco.ledger.tests.books import USD
from fondaco.money import Money
from fondaco.signing import actions, models, queries
from fondaco.signing.effects import Effect, register
from fondaco.signing.errors import TermsChanged
from fondaco.signing.states import RequestState
from fondaco.signing.tests.cast import PayTerms, band, member, payment, side, sign
from fondaco.signing.types import Person, Request, Terms

pytestmark = pytest.mark.usefixtures("tenant")

RUNS: Final = max(5, int(200 * float(os.environ.get("DRILL_SCALE", "0.05"))))
GROUPS: Final = ((), ("a",), ("a",), ("a", "b"), ("b",), ("a", "b"))
ACTS: Final = st.lists(
    st.tuples(st.sampled_from(["sign"] * 6 + ["amend", "refuse"]), st.integers(0, 5)),
    min_size=4,
    max_size=14,
)


class TestWhateverPeopleDo:
    @settings(max_examples=RUNS, deadline=None, suppress_health_check=list(HealthCheck))
    @given(acts=ACTS, in_order=st.booleans(), maker_signs=st.booleans())
    def test_the_effect_comes_once_and_under_signatures_of_different_people(
        self, acts: list[tuple[str, int]], *, in_order: bool, maker_signs: bool
    ) -> None:
        owner = side()
        crew = [member(owner, *groups) for groups in GROUPS]
        paying = payment(band(("a", 2), ("b", 1), in_order=in_order, maker_signs=maker_signs))
        request = paying.propose(crew[1])
        for verb, who in acts:
            request = self._try(verb, request, crew[who])
            self._check(request, paying.paid, maker_signs=maker_signs)

    def _try(self, verb: str, request: Request, person: Person) -> Request:
        try:
            if verb == "sign":
                return sign(request, person)
            if verb == "amend":
                terms = {**request.terms, "to": f"{request.terms['to']}x"}
                return actions.amend(request_id=request.id, terms=terms, author=person)
            return actions.refuse(request_id=request.id, reason="No", person=person)
        except DomainError:
            return queries.get_request(request_id=request.id)

    def _check(self, request: Request, paid: int, *, maker_signs: bool) -> None:
        present = [one for one in request.signatures if one.round == request.round]
        assert {one.digest for one in present} <= {request.digest}
        signers = {one.signer_id for one in present}
        assert len(signers) == len(present)
        assert maker_signs or not signers & {request.maker_id, request.author_id}
        is_full = Counter(one.group for one in present) == Counter({"a": 2, "b": 1})
        assert is_full is (request.state is RequestState.DONE)
        assert paid == (10_000 if is_full else 0)


class TestTerms:
    def test_that_were_changed_behind_the_signers_are_not_carried_out(self) -> None:
        owner = side()
        first, second = member(owner, "a"), member(owner, "a")
        paying = payment(band(("a", 2)))
        request = sign(paying.propose(member(owner)), first)
        models.Request.objects.filter(id=request.id).update(
            terms={**request.terms, "amount": "999.00"}
        )
        with pytest.raises(TermsChanged):
            sign(request, second)
        assert paying.paid == 0


class TestTheDatabase:
    @pytest.mark.parametrize("act", ["update", "delete"])
    def test_refuses_to_touch_a_signature(self, act: str) -> None:
        owner = side()
        signer = member(owner, "a")
        request = sign(payment(band(("a", 1))).propose(member(owner)), signer)
        rows = models.Signature.objects.filter(request_id=request.id)
        with pytest.raises(DatabaseError, match="never altered"), transaction.atomic():
            rows.update(comment="x") if act == "update" else rows.delete()
        assert rows.get().comment == ""


class TestLocks:
    def test_of_a_domain_above_and_of_signing_never_meet_crosswise(self) -> None:
        """A domain locks its row and then amends, an effect locks the same row: nobody is a victim."""
        owner = side()
        paying = payment()
        maker, signer = member(owner), member(owner, "a")

        def lock(_subject: str) -> None:
            people.Customer.objects.select_for_update().get(id=owner)

        def terms(shape: PayTerms) -> Terms:
            amount = Money.parse(shape.amount, USD)
            return Terms(subject=shape.subject, amount=amount, owners=(owner,))

        def run(_shape: PayTerms, _approval: object) -> dict[str, Any]:
            people.Customer.objects.filter(id=owner).update(name="Paid")
            return {}

        register(
            Effect(
                kind=paying.kind,
                shape=PayTerms,
                terms=terms,
                run=run,
                lock=lock,
                bands=(band(("a", 1)),),
            )
        )
        requests = [paying.propose(maker) for _ in range(8)]

        def amend(request: Request) -> Request:
            with transaction.atomic():
                people.Customer.objects.select_for_update().get(id=owner)
                return actions.amend(request_id=request.id, terms=request.terms, author=maker)

        acts = iter([(one, act) for one in requests for act in ("sign", "amend")])

        def act() -> Request:
            request, verb = next(acts)
            return sign(request, signer) if verb == "sign" else amend(request)

        answers = together(16, act)
        lost = [one for one in answers if isinstance(one, Exception)]
        assert {type(one) for one in lost} <= {TermsChanged, IllegalMove}
        assert len(lost) == len(requests)
