"""A program takes money by a signed charge; a nonce that was spent takes none."""

import json

import pytest

from fondaco.apikeys import actions
from fondaco.apikeys.scopes import Scope
from fondaco.apikeys.tests.programs import Program, fresh
from fondaco.apikeys.types import NewKey
from fondaco.identity.models import Membership
from fondaco.kit import clock
from fondaco.kit.access import SYSTEM
from fondaco.kit.ids import uuid7
from fondaco.wallets.tests.cast import new_client, new_company

pytestmark = pytest.mark.usefixtures("tenant")


class TestASpentNonce:
    def test_with_another_body_and_signature_moves_nothing(self) -> None:
        payer, merchant = new_client("10.00"), new_company()
        head = Membership.objects.get(customer_id=merchant.customer_id)
        program = Program(
            actions.create_key(
                customer_id=merchant.customer_id,
                user_id=head.user_id,
                ask=NewKey(label="Till", scopes=frozenset(Scope.values)),
                by=SYSTEM,
            )
        )
        nonce, at_s, told = uuid7().hex, int(clock.now().timestamp()), []
        for amount in ("1.00", "2.00"):
            body = json.dumps({"wallet": payer.token, "amount": amount}).encode()
            key = fresh()
            headers = program.headers("POST", "/charges", body, key=key, nonce=nonce, at_s=at_s)
            told.append(program.send("POST", "/charges", body, key=key, headers=headers))
        assert told[0].status_code == 201, told[0].content
        assert (told[1].status_code, told[1].json()["code"]) == (401, "nonce_spent")
        assert payer.available() == "9.00"
