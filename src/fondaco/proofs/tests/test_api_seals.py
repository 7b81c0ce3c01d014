"""Seals over HTTP: the chain, a transfer's proof, and the recomputation by a worker."""

import base64
from hashlib import sha256
from typing import Any
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from fondaco.kit import ids
from fondaco.kit.access import SYSTEM
from fondaco.ledger.tests.books import give, move, open_wallet, post
from fondaco.ledger.types import TRANSFER_PREFIX
from fondaco.proofs.actions.runs import VERIFICATION_PREFIX, run_verification
from fondaco.proofs.actions.seals import seal
from fondaco.proofs.merkle import Sibling, root_from
from fondaco.proofs.tests.asking import Ask
from tests.plumbing.api import ApiClient

pytestmark = pytest.mark.usefixtures("tenant")


class TestSeals:
    def test_are_listed_newest_first(self, api: ApiClient, asking: Ask) -> None:
        for _ in range(2):
            give(open_wallet(), 5)
            seal(by=SYSTEM)
        asking("ledger:read")
        first, second = api.get("/ledger/seals?limit=2").json()["items"]
        assert first["number"] == second["number"] + 1
        assert first["previous"] == second["hash"]
        assert api.get(f"/ledger/seals/{second['number']}").json() == second
        rest = api.get(f"/ledger/seals?limit=1&cursor={first['number']}").json()
        assert rest["items"] == [second]

    def test_are_signed_with_a_key_that_everybody_gets(self, api: ApiClient, asking: Ask) -> None:
        give(open_wallet(), 5)
        seal(by=SYSTEM)
        (key, *_) = api.get("/ledger/keys").json()["items"]
        asking("ledger:read")
        (last,) = api.get("/ledger/seals?limit=1").json()["items"]
        assert (last["key_id"], key["algorithm"]) == (key["key_id"], "Ed25519")
        public = Ed25519PublicKey.from_public_bytes(base64.b64decode(key["public_key"]))
        public.verify(bytes.fromhex(last["signature"]), bytes.fromhex(last["hash"]))

    def test_say_where_there_is_none(self, api: ApiClient, asking: Ask) -> None:
        asking("ledger:read")
        assert api.get("/ledger/seals/999999999").status_code == 404
        assert api.get("/ledger/seals/0").status_code == 404
        assert api.get("/ledger/seals?cursor=x").json()["field"] == "cursor"

    @pytest.mark.parametrize("path", ["/ledger/seals", "/ledger/seals/1"])
    def test_are_for_those_who_may_read_the_books(
        self, api: ApiClient, asking: Ask, path: str
    ) -> None:
        asking("audit:read")
        assert api.get(path).json()["code"] == "forbidden"


class TestProofOfATransfer:
    def test_leads_from_its_line_to_the_hash_of_the_block(
        self, api: ApiClient, asking: Ask
    ) -> None:
        payer, payee = open_wallet(), open_wallet()
        give(payer, 100)
        moved = [move(payer, payee, amount, memo="a\tb\n") for amount in range(1, 8)]
        post(*moved)
        seal(by=SYSTEM)
        asking("ledger:read")
        for one in moved:
            wire = ids.encode(TRANSFER_PREFIX, one.id)
            proof = api.get(f"/ledger/transfers/{wire}/proof").json()
            leaf = sha256(b"\0" + proof["line"].encode()).digest()
            path = [
                Sibling(step["side"] == "left", bytes.fromhex(step["hash"]))
                for step in proof["path"]
            ]
            parts = {part["source"]: part for part in proof["seal"]["parts"]}
            assert proof["leaf"] == leaf.hex()
            assert root_from(leaf, path).hex() == parts["transfer"]["root"]
            assert proof["line"].startswith(f"{one.id}\ttransfer/1\t")
            assert r"a\tb\n" in proof["line"]
            assert proof["size"] == parts["transfer"]["count"]

    def test_is_not_there_before_the_block(self, api: ApiClient, asking: Ask) -> None:
        payer, payee = open_wallet(), open_wallet()
        give(payer, 1)
        moved = move(payer, payee, 1)
        post(moved)
        asking("ledger:read")
        answer = api.get(f"/ledger/transfers/{ids.encode(TRANSFER_PREFIX, moved.id)}/proof")
        assert (answer.status_code, answer.json()["code"]) == (409, "transfer_not_sealed")

    def test_is_there_for_known_transfers_only(self, api: ApiClient, asking: Ask) -> None:
        asking("ledger:read")
        wire = ids.encode(TRANSFER_PREFIX, uuid4())
        assert api.get(f"/ledger/transfers/{wire}/proof").status_code == 404


class TestVerify:
    def test_is_asked_for_and_read_when_a_worker_has_done_it(
        self, api: ApiClient, asking: Ask
    ) -> None:
        give(open_wallet(), 5)
        seal(by=SYSTEM)
        asking("ledger:read")
        asked = api.post("/ledger/verify")
        assert asked.status_code == 202
        shown: dict[str, Any] = asked.json()
        assert (shown["done_at"], shown["difference"], shown["counts"]) == (None, None, {})
        number = ids.decode(VERIFICATION_PREFIX, shown["id"])
        run_verification(verification_id=str(number))
        done = api.get(f"/ledger/verify/{shown['id']}").json()
        assert done["done_at"] is not None
        assert done["counts"]["blocks"] >= 1
        run_verification(verification_id=str(number))
        assert api.get(f"/ledger/verify/{shown['id']}").json() == done

    def test_is_for_those_who_may_read_the_books(self, api: ApiClient, asking: Ask) -> None:
        asking("audit:read")
        assert api.post("/ledger/verify").json()["code"] == "forbidden"
        asking("ledger:read")
        wire = ids.encode(VERIFICATION_PREFIX, uuid4())
        assert api.get(f"/ledger/verify/{wire}").status_code == 404
