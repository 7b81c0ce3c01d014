"""The commands that seal, verify, and hand out evidence."""

import base64
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from fondaco.kit import clock, options
from fondaco.kit.access import SYSTEM
from fondaco.kit.django import tenancy
from fondaco.ledger.tests.books import give, open_wallet
from fondaco.project.cli import app
from fondaco.proofs import signatures
from fondaco.proofs.actions.seals import seal
from fondaco.proofs.queries.seals import list_seals

Run = Callable[..., Result]


@pytest.fixture
def run() -> Run:
    """Give a function that runs a command in this process."""
    return lambda *words: CliRunner().invoke(app, words)


@pytest.mark.usefixtures("tenant")
class TestLedger:
    def test_is_sealed_by_hand(self, run: Run) -> None:
        seal(by=SYSTEM)
        give(open_wallet(), 5)
        told = run("ledger", "seal", "--tenant", "alpha")
        assert told.exit_code == 0, told.output
        assert told.stdout.startswith("alpha: 5 rows in 1 blocks")

    def test_is_compared_with_what_was_published(self, run: Run) -> None:
        give(open_wallet(), 5)
        seal(by=SYSTEM)
        (last,) = list_seals(after=None, limit=1).items
        published = f"{last.number}:{last.hash.hex()}"
        told = run("ledger", "verify", "--tenant", "alpha", "--published", published)
        assert told.exit_code == 0, told.output
        assert "every block and every balance follows" in told.stdout
        forged = f"{last.number}:{bytes(32).hex()}"
        told = run("ledger", "verify", "--tenant", "alpha", "--published", forged)
        assert told.exit_code == 1
        assert f"block {last.number} has another hash than was published" in told.stdout

    @pytest.mark.parametrize("published", ["x", "1:x", f"1:{'g' * 64}", f"x:{'0' * 64}"])
    def test_takes_a_published_block_as_number_and_hash_alone(
        self, run: Run, published: str
    ) -> None:
        told = run("ledger", "verify", "--tenant", "alpha", "--published", published)
        assert told.exit_code == 2

    def test_needs_the_tenant_of_a_published_block(self, run: Run) -> None:
        assert run("ledger", "verify", "--published", f"1:{'0' * 64}").exit_code == 2


@pytest.mark.usefixtures("tenant")
class TestEvidence:
    def test_is_written_and_checked(self, run: Run, tmp_path: Path) -> None:
        give(open_wallet(), 5)
        now, file = clock.now(), tmp_path / "evidence.zip"
        period = [
            f"--from={now - timedelta(minutes=1):%Y-%m-%dT%H:%M:%S}",
            f"--to={now:%Y-%m-%dT%H:%M:%S}",
        ]
        with options.override(ledger_horizon_ms=0):
            told = run("evidence", *period, "--tenant=alpha", f"--output={file}")
        assert told.exit_code == 0, told.output
        assert "SHA-256" in told.stdout
        told = run("evidence", "check", str(file))
        assert told.exit_code == 0, told.output
        assert told.stdout.startswith("✓ alpha, from ")
        ((name, public), *_) = signatures.public_keys().items()
        key = f"{name}:{base64.b64encode(public).decode()}"
        assert run("evidence", "check", str(file), "--key", key).exit_code == 0
        other = f"{name}:{base64.b64encode(bytes(32)).decode()}"
        told = run("evidence", "check", str(file), "--key", other)
        assert (told.exit_code, told.stdout[0]) == (1, "✗")

    def test_needs_a_period(self, run: Run) -> None:
        assert run("evidence", "--from", "2026-01-01").exit_code == 2

    def test_refuses_what_is_no_archive(self, run: Run, tmp_path: Path) -> None:
        (tmp_path / "x.zip").write_bytes(b"x")
        told = run("evidence", "check", str(tmp_path / "x.zip"))
        assert told.exit_code == 1
        assert "bears no signature" in told.stdout
        assert "cannot be read" in run("evidence", "check", str(tmp_path / "y.zip")).stdout


class TestFormerKeys:
    def test_still_count_when_they_are_named(self) -> None:
        (public, *_) = signatures.public_keys().values()
        text = f"old:{base64.b64encode(public).decode()}"
        with options.override(former_signing_keys=(text,)):
            assert signatures.public_keys()["old"] == public
            signed = signatures.sign(b"message")
            assert signatures.is_genuine(b"message", signatures.Signature("old", signed.bytes))
            assert not signatures.is_genuine(b"massage", signed)
        assert not signatures.is_genuine(b"message", signatures.Signature("old", signed.bytes))
        assert tenancy.find_current() is None
