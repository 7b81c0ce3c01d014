"""Verification: whatever is changed behind the application's back is found and named."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from django.db import connection, transaction

from fondaco.audit.models import Entry
from fondaco.kit.access import SYSTEM
from fondaco.kit.django import tenancy
from fondaco.proofs import chain as chains, lines, signatures
from fondaco.proofs.actions.seals import seal
from fondaco.proofs.merkle import leaf_hash, root_of
from fondaco.proofs.models import Block, BlockPart
from fondaco.proofs.tests.chains import Chain, dated, difference
from fondaco.proofs.types import PublishedSeal, SealedPart
from fondaco.proofs.verification import verify


@pytest.fixture(scope="module")
def shared_chain() -> Chain:
    """Make a chain that all tests of this file share."""
    return Chain()


@pytest.fixture
def chain(shared_chain: Chain, superuser_connection: "psycopg.Connection[Any]") -> Iterator[Chain]:
    """Give the chain, and put it in order again after the test."""
    shared_chain.superuser = superuser_connection
    with tenancy.scope(shared_chain.tenant), shared_chain.restored():
        yield shared_chain


def forge(chain: Chain, number: int, *, signed_by: signatures.Signature | None = None) -> Block:
    """Compute a block anew from the rows as they are now, and write it in place of the old one."""
    block = Block.objects.get(number=number)
    before = Block.objects.filter(number=number - 1).first()
    previous = bytes(before.hash) if before else bytes(block.previous)
    parts = {part.source: _forge_part(chain, part) for part in block.parts.all()}
    line = chains.header(number=number, sealed_at=block.sealed_at, previous=previous, parts=parts)
    digest = chains.hash_of(line)
    signature = signed_by.bytes if signed_by else signatures.sign(digest).bytes
    chain.change(
        "UPDATE proofs_block SET previous = %s, hash = %s, signature = %s WHERE number = %s",
        previous,
        digest,
        signature,
        number,
    )
    return Block.objects.get(number=number)


def _forge_part(chain: Chain, part: BlockPart) -> SealedPart:
    there = _all_lines(lines.BY_NAME[part.source])
    leaves = [leaf_hash(there[key]) for key in lines.key_texts(bytes(part.keys))]
    chain.change(
        "UPDATE proofs_block_part SET marks = %s, root = %s WHERE id = %s",
        b"".join(leaf[:4] for leaf in leaves),
        root_of(leaves),
        part.pk,
    )
    return SealedPart(part.count, root_of(leaves))


def _all_lines(source: lines.Source) -> dict[bytes, bytes]:
    with transaction.atomic(), connection.cursor() as cursor:
        rows = lines.copy_lines(cursor, source, where="true", arguments={})
        return {row[: lines.KEY_LENGTH]: row for row in rows}


class TestVerify:
    def test_agrees_with_what_was_sealed(self, chain: Chain) -> None:
        seen: list[tuple[int, int]] = []
        found = verify(progress=lambda done, of: seen.append((done, of)))
        assert found.difference is None
        assert (found.counts["blocks"], found.counts["legs"]) == (3, 2 * 6)
        rows = 4 + 6 + Entry.objects.count()
        assert found.counts["rows"] == rows
        assert found.totals == {"USD": 1000 + 10 + 15 + 20 + 25 + 1}
        assert seen[-1][0] == rows + 12

    def test_finds_the_same_when_several_processes_share_the_work(self, chain: Chain) -> None:
        moved, alone = chain.moves[2], verify()
        chain.change("UPDATE audit_entry SET actor = 'x' WHERE id = %s", chain.entries[2].id)
        chain.change("UPDATE ledger_transfer SET memo = 'Lunch' WHERE id = %s", moved.id)
        shared = verify(processes=2)
        assert shared.difference == f"transfer {moved.id} is not as block 2 closed it"
        assert (shared.totals, shared.counts["legs"]) == (alone.totals, alone.counts["legs"])

    @pytest.mark.parametrize(
        "change",
        [
            "memo = chr(ascii(memo) # 1) || substr(memo, 2)",
            "amount = amount # 1",
            "actor = actor || ' '",
            "at = at + interval '1 microsecond'",
            "metadata = '{}'",
        ],
    )
    def test_names_a_transfer_of_which_one_bit_was_flipped(self, chain: Chain, change: str) -> None:
        change = change.replace("amount # 1", "amount + 1 - 2 * mod(amount, 2)")
        moved = chain.moves[1]
        with difference("transfer", moved.id, "is not as block 1 closed it"):
            chain.change(f"UPDATE ledger_transfer SET {change} WHERE id = %s", moved.id)

    def test_names_a_deleted_row(self, chain: Chain) -> None:
        moved = chain.moves[3]
        with difference("transfer", moved.id, "block 2", "is gone"):
            chain.change("DELETE FROM ledger_transfer WHERE id = %s", moved.id)

    def test_names_an_inserted_row(self, chain: Chain) -> None:
        moved, late = chain.moves[0], dated(chain.moves[0].id, 3)
        with difference("transfer", late, "none closes it"):
            chain.change(
                "INSERT INTO ledger_transfer SELECT %s, debit, credit, debit_version, credit_version,"
                " at - interval '3 hours', amount, debit_balance, credit_balance, kind, step, actor"
                " FROM ledger_transfer WHERE id = %s",
                late,
                moved.id,
            )

    def test_names_an_inserted_row_of_the_last_minutes_too(self, chain: Chain) -> None:
        moved = chain.moves[0]
        with difference("says version"):
            chain.change(
                "INSERT INTO ledger_transfer SELECT (overlay(id::text placing 'ffff' from 33))::uuid, debit,"
                " credit, debit_version, credit_version, at, amount, debit_balance, credit_balance, kind,"
                " step, actor FROM ledger_transfer WHERE id = %s",
                moved.id,
            )

    def test_names_two_rows_that_changed_places(self, chain: Chain) -> None:
        first, second = chain.moves[0].id, chain.moves[1].id
        with difference("transfer", first, "is not as block 1 closed it"):
            chain.change(
                "WITH old AS (SELECT * FROM ledger_transfer WHERE id IN (%s, %s))"
                " UPDATE ledger_transfer AS new SET amount = old.amount, debit_version = old.debit_version,"
                " credit_version = old.credit_version, debit_balance = old.debit_balance,"
                " credit_balance = old.credit_balance, at = old.at"
                " FROM old WHERE new.id IN (%s, %s) AND old.id <> new.id",
                first,
                second,
                first,
                second,
            )

    def test_names_places_that_were_changed_in_a_block(self, chain: Chain) -> None:
        part = BlockPart.objects.get(source="transfer", block_id=2)
        keys = bytes(part.keys)
        with difference("block 2", "not in its place"):
            chain.change(
                "UPDATE proofs_block_part SET keys = %s WHERE id = %s",
                keys[16:] + keys[:16],
                part.pk,
            )

    def test_names_an_account_that_got_another_code(self, chain: Chain) -> None:
        with difference("account", "is not as block 1 closed it"):
            chain.change(
                "UPDATE ledger_account SET code = code || 'x' WHERE id = %s",
                chain.payer,
            )


class TestVerifyOfTheAuditTrail:
    def test_names_an_entry_of_which_one_letter_was_changed(self, chain: Chain) -> None:
        entry = chain.entries[2]
        with difference("audit", entry.id, "is not as block 2 closed it"):
            chain.change("UPDATE audit_entry SET actor = 'user:x' WHERE id = %s", entry.id)

    def test_names_a_deleted_entry(self, chain: Chain) -> None:
        entry = chain.entries[0]
        with difference("audit", entry.id, "block 1", "is gone"):
            chain.change("DELETE FROM audit_entry WHERE id = %s", entry.id)

    def test_names_an_inserted_entry(self, chain: Chain) -> None:
        entry = chain.entries[0]
        late = dated(entry.id, 2)
        with difference("audit", late, "none closes it"):
            chain.change(
                "INSERT INTO audit_entry SELECT %s, at - interval '2 hours', actor, action, subject, detail"
                " FROM audit_entry WHERE id = %s",
                late,
                entry.id,
            )

    def test_names_two_entries_that_changed_places(self, chain: Chain) -> None:
        first, second = chain.entries[0].id, chain.entries[1].id
        with difference("audit", first, "is not as block 1 closed it"):
            chain.change(
                "UPDATE audit_entry AS new SET subject = old.subject FROM audit_entry AS old"
                " WHERE new.id IN (%s, %s) AND old.id IN (%s, %s) AND old.id <> new.id",
                first,
                second,
                first,
                second,
            )


class TestVerifyOfTheChain:
    def test_names_a_block_whose_root_was_computed_anew(self, chain: Chain) -> None:
        moved, old = chain.moves[0], Block.objects.get(number=1)
        root = bytes(old.parts.get(source="transfer").root)
        with difference("block 1", "something else than its hash"):
            chain.change("UPDATE ledger_transfer SET memo = 'x' WHERE id = %s", moved.id)
            forged = forge(chain, 1)
            chain.change("UPDATE proofs_block SET hash = %s WHERE number = 1", bytes(old.hash))
            assert bytes(forged.parts.get(source="transfer").root) != root

    def test_names_the_block_after_one_that_was_computed_anew_whole(self, chain: Chain) -> None:
        with difference("block 2", "does not follow block 1"):
            chain.change("UPDATE ledger_transfer SET memo = 'x' WHERE id = %s", chain.moves[0].id)
            forge(chain, 1)

    def test_names_a_chain_that_was_computed_anew_by_its_signatures(self, chain: Chain) -> None:
        strange = signatures.Signature("x", bytes(64))
        with difference("block 1", "not signed by the house"):
            chain.change("UPDATE ledger_transfer SET memo = 'x' WHERE id = %s", chain.moves[0].id)
            for number in (1, 2, 3):
                forge(chain, number, signed_by=strange)

    def test_names_a_chain_that_was_computed_and_signed_anew_by_what_was_published(
        self, chain: Chain
    ) -> None:
        published = PublishedSeal(2, bytes(Block.objects.get(number=2).hash))
        assert verify(published=[published]).difference is None
        chain.change("UPDATE ledger_transfer SET memo = 'x' WHERE id = %s", chain.moves[0].id)
        for number in (1, 2, 3):
            forge(chain, number)
        assert verify().difference is None
        found = verify(published=[published]).difference
        assert found == "block 2 has another hash than was published"

    def test_names_a_block_that_was_taken_out(self, chain: Chain) -> None:
        with difference("block 2 is missing"):
            chain.change("DELETE FROM proofs_block_part WHERE block_id = 2")
            chain.change("DELETE FROM proofs_block WHERE number = 2")

    def test_names_blocks_that_were_taken_off_the_end_if_they_were_published(
        self, chain: Chain
    ) -> None:
        published = PublishedSeal(3, bytes(Block.objects.get(number=3).hash))
        chain.change("DELETE FROM proofs_block_part WHERE block_id = 3")
        chain.change("DELETE FROM proofs_block WHERE number = 3")
        assert verify().difference is None
        assert verify(published=[published]).difference == "block 3 is missing"

    def test_refuses_a_signature_with_a_key_that_is_unknown(self, chain: Chain) -> None:
        with difference("block 3", "key other, unknown here"):
            chain.change("UPDATE proofs_block SET key_id = 'other' WHERE number = 3")

    def test_names_a_block_that_counts_wrongly(self, chain: Chain) -> None:
        with difference("block 2", "counts its rows of audit wrongly"):
            chain.change(
                "UPDATE proofs_block_part SET total = total + 1 WHERE block_id = 2 AND source = 'audit'"
            )

    def test_finds_no_fault_in_a_chain_that_goes_on(self, chain: Chain) -> None:
        chain.add(1)
        assert verify().difference is None
        assert seal(by=SYSTEM).blocks == 1
        found = verify()
        assert (found.difference, found.counts["blocks"]) == (None, 4)
        assert Block.objects.get(number=4).sealed_at <= datetime.now(UTC)
