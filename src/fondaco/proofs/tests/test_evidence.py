"""Evidence of a period: one archive, signed as a whole, that proves itself."""

import json
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from fondaco.audit import actions as audit
from fondaco.kit import clock, ids, options
from fondaco.kit.access import SYSTEM
from fondaco.kit.django import tenancy
from fondaco.kit.errors import InvalidField
from fondaco.ledger.tests.books import give, open_wallet
from fondaco.proofs import evidence, signatures
from fondaco.proofs.actions.runs import ARCHIVE_PREFIX, make_evidence, run_evidence
from fondaco.proofs.evidence_check import (
    AUDIT,
    MANIFEST,
    SIGNATURE_DIGITS,
    EvidenceBroken,
    check_evidence,
)
from fondaco.proofs.tests.asking import Ask
from fondaco.proofs.tests.chains import Chain
from tests.plumbing.api import ApiClient


@pytest.fixture(autouse=True)
def settled() -> Iterator[None]:
    """Take for settled what has just happened."""
    with options.override(ledger_horizon_ms=0):
        yield


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the evidence of a chain's whole life."""
    path: Path = tmp_path_factory.mktemp("evidence") / "evidence.zip"
    chain = Chain()
    with tenancy.scope(chain.tenant), options.override(ledger_horizon_ms=0):
        until = clock.now()
        make_evidence(path=path, since=until - timedelta(hours=1), until=until, by=SYSTEM)
    return path


@pytest.fixture
def keys() -> dict[str, bytes]:
    """Give the house's public keys."""
    return signatures.public_keys()


def broken(path: Path, content: bytes, keys: dict[str, bytes]) -> str | None:
    """Tell why an archive with this content is refused, or none."""
    path.write_bytes(content)
    try:
        check_evidence(path, public_keys=keys)
    except EvidenceBroken as reason:
        return str(reason)
    return None


def rewrite(path: Path, target: Path, changed: dict[str, Any]) -> None:
    """Pack an archive anew with other contents, and sign it as the house would."""
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            new.writestr(name, changed.get(name, old.read(name)))
        new.comment = old.comment[:-SIGNATURE_DIGITS] + b"0" * SIGNATURE_DIGITS
    evidence._sign(target)


class TestAnArchive:
    def test_proves_itself(self, made: Path, keys: dict[str, bytes]) -> None:
        found = check_evidence(made, public_keys=keys)
        assert found.blocks == 3
        assert found.entries >= 8
        assert found.manifest["first_block"] == 1
        with zipfile.ZipFile(made) as archive:
            balance = archive.read("trial_balance.csv").decode().splitlines()
            lines = archive.read(AUDIT).decode().splitlines()
        assert "USD,2,liability,wallets,2,70,1071,0" in balance
        assert len(lines) == found.entries
        assert all(line.split("\t")[1] == "audit/1" for line in lines)

    def test_shows_a_change_of_any_byte(
        self, made: Path, keys: dict[str, bytes], tmp_path: Path
    ) -> None:
        content, target = bytearray(made.read_bytes()), tmp_path / "changed.zip"
        unnoticed = []
        for place in {*range(0, len(content), 7), *range(len(content) - 400, len(content))}:
            bit = 1 << place % 8
            content[place] ^= bit
            if broken(target, bytes(content), keys) is None:
                unnoticed.append(place)
            content[place] ^= bit
        assert unnoticed == []
        assert broken(target, bytes(content), keys) is None

    def test_shows_what_was_added_or_cut_off(
        self, made: Path, keys: dict[str, bytes], tmp_path: Path
    ) -> None:
        content, target = made.read_bytes(), tmp_path / "changed.zip"
        for changed in (content + b"0", content[:-1], b"0" + content, b""):
            assert broken(target, changed, keys) is not None

    def test_is_nothing_without_the_houses_key(self, made: Path) -> None:
        with pytest.raises(EvidenceBroken, match="not given"):
            check_evidence(made, public_keys={"other": bytes(32)})
        wrong = dict.fromkeys(signatures.public_keys(), bytes(32))
        with pytest.raises(EvidenceBroken, match="not as it was signed"):
            check_evidence(made, public_keys=wrong)

    def test_is_checked_inside_even_when_it_was_signed_anew(
        self, made: Path, keys: dict[str, bytes], tmp_path: Path
    ) -> None:
        target = tmp_path / "rewritten.zip"
        with zipfile.ZipFile(made) as archive:
            trail, manifest = archive.read(AUDIT), json.loads(archive.read(MANIFEST))
        forged = trail.replace(b"system:fondaco", b"system:fondacu")
        assert forged != trail
        rewrite(made, target, {AUDIT: forged})
        assert broken(target, target.read_bytes(), keys) == f"{AUDIT} is not what the manifest says"
        manifest["files"][AUDIT] = {
            "bytes": len(forged),
            "sha256": sha256(forged).hexdigest(),
        }
        rewrite(made, target, {AUDIT: forged, MANIFEST: json.dumps(manifest)})
        reason = broken(target, target.read_bytes(), keys)
        assert reason == "the audit trail is not what block 1 closed"

    def test_is_made_of_the_past_alone(self, tmp_path: Path) -> None:
        now = datetime.now(UTC)
        with tenancy.scope("alpha"):
            for since, until in ((now, now), (now, now + timedelta(hours=1))):
                with pytest.raises(InvalidField):
                    make_evidence(path=tmp_path / "x.zip", since=since, until=until, by=SYSTEM)
        assert not (tmp_path / "x.zip").exists()


@pytest.mark.usefixtures("tenant")
class TestEvidenceOverHttp:
    def test_is_made_by_a_worker_and_downloaded(
        self, api: ApiClient, asking: Ask, keys: dict[str, bytes], tmp_path: Path
    ) -> None:
        give(open_wallet(), 5)
        audit.record(by=SYSTEM, action="a.b.c", subject="x_1")
        until = clock.now()
        period = {"since": (until - timedelta(seconds=30)).isoformat(), "until": until.isoformat()}
        asking("ledger:read", "audit:read")
        asked = api.post("/operator/evidence", period)
        assert (asked.status_code, asked.json()["done_at"]) == (202, None)
        path = f"/operator/evidence/{asked.json()['id']}"
        assert api.get(f"{path}/file").status_code == 404
        number = ids.decode(ARCHIVE_PREFIX, asked.json()["id"])
        run_evidence(archive_id=str(number), by_kind="operator", by_id="usr_test")
        shown = api.get(path).json()
        assert shown["problem"] is None
        file = api.get(f"{path}/file")
        assert file["Content-Type"] == "application/zip"
        assert sha256(file.content).hexdigest() == shown["sha256"]
        (tmp_path / "e.zip").write_bytes(file.content)
        assert check_evidence(tmp_path / "e.zip", public_keys=keys).entries >= 1

    @pytest.mark.parametrize("right", ["ledger:read", "audit:read"])
    def test_needs_both_rights(self, api: ApiClient, asking: Ask, right: str) -> None:
        asking(right)
        period = {"since": "2026-01-01T00:00:00Z", "until": "2026-01-02T00:00:00Z"}
        assert api.post("/operator/evidence", period).json()["code"] == "forbidden"

    def test_refuses_a_period_that_ends_before_it_begins(self, api: ApiClient, asking: Ask) -> None:
        asking("ledger:read", "audit:read")
        period = {"since": "2026-01-02T00:00:00Z", "until": "2026-01-01T00:00:00Z"}
        answer = api.post("/operator/evidence", period)
        assert (answer.status_code, answer.json()["field"]) == (422, "until")
