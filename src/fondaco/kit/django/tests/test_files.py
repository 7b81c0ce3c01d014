"""Files: sniffed, sealed, kept to their tenant, never shown inline."""

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from django.db import transaction

from fondaco.kit import clock, options
from fondaco.kit.access import SYSTEM
from fondaco.kit.django import files, tenancy
from fondaco.kit.django.envelope import SealBroken, is_current
from fondaco.kit.django.files import (
    FileTooLarge,
    FileTypeRefused,
    LocalStore,
    attachment,
    clean_name,
    delete_file,
    read_file,
    remove_orphans,
    rotate_files,
    save_file,
    sniff,
)
from fondaco.kit.django.models import StoredFile
from fondaco.kit.django.tenancy.context import TenantScope
from fondaco.kit.errors import NotFound

PDF = b"%PDF-1.7 passport of John Wick"
OLD = "old:" + "A" * 43 + "="
NEW = "new:" + "B" * 42 + "A="


@pytest.fixture
def folder(tmp_path: Path, tenant: TenantScope) -> Iterator[Path]:
    with options.override(data_dir=str(tmp_path), encryption_keys=OLD):
        yield tmp_path / "files" / tenant.schema


def save(content: bytes = PDF, name: str = "passport.pdf") -> StoredFile:
    return save_file(name=name, content=content, purpose="identity.verification", by=SYSTEM)


def on_disk(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


class TestSaveFile:
    def test_keeps_the_bytes_sealed_for_the_owner_alone(self, folder: Path) -> None:
        row = save()
        assert read_file(file_id=row.id) == PDF
        assert (row.content_type, row.size_bytes) == ("application/pdf", len(PDF))
        (path,) = on_disk(folder)
        assert b"Wick" not in path.read_bytes()
        assert path.stat().st_mode & 0o077 == 0

    def test_takes_ten_mebibytes_and_not_a_byte_more(self, folder: Path) -> None:
        whole = b"%PDF-" + bytes(files.SIZE_MAX - 5)
        assert save(whole).size_bytes == files.SIZE_MAX
        before = on_disk(folder)
        with pytest.raises(FileTooLarge):
            save(whole + b"x")
        assert on_disk(folder) == before

    @pytest.mark.parametrize(
        "content", [b"", b"MZ\x90\x00", b"<svg onload=alert(1)>", b"plain text", b"PK\x03\x04"]
    )
    def test_refuses_by_the_bytes_whatever_the_name(self, folder: Path, content: bytes) -> None:
        with pytest.raises(FileTypeRefused):
            save(content, name="passport.pdf")
        assert on_disk(folder) == []

    def test_belongs_to_its_tenant(self, folder: Path, other_tenant: TenantScope) -> None:
        del folder
        row = save()
        with tenancy.scope(other_tenant), pytest.raises(NotFound):
            read_file(file_id=row.id)

    def test_does_not_open_under_another_id(self, folder: Path) -> None:
        first, second = save(), save(b"%PDF-other")
        store = LocalStore(folder)
        store.put(str(second.id), store.get(str(first.id)))
        with pytest.raises(SealBroken):
            read_file(file_id=second.id)


class TestDeleteFile:
    def test_takes_the_bytes_away_and_leaves_the_record(self, folder: Path) -> None:
        row = save()
        delete_file(file_id=row.id)
        assert on_disk(folder) == []
        assert StoredFile.objects.get(pk=row.id).deleted_at is not None
        for again in (delete_file, read_file):
            with pytest.raises(NotFound):
                again(file_id=row.id)

    def test_keeps_the_bytes_when_its_transaction_fails(self, folder: Path) -> None:
        del folder
        row = save()
        with transaction.atomic():
            delete_file(file_id=row.id)
            transaction.set_rollback(True)
        assert read_file(file_id=row.id) == PDF


class TestAttachment:
    def test_is_saved_and_never_shown(self, folder: Path) -> None:
        del folder
        answer = attachment(file_id=save(name='../a"b\r\nX: y ü.pdf').id)
        assert answer.content == PDF
        assert (
            answer["Content-Disposition"]
            == "attachment; filename*=UTF-8''a%22bX%3A%20y%20%C3%BC.pdf"
        )
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in answer["Content-Security-Policy"]
        assert answer["Cache-Control"] == "private, no-store"


class TestRemoveOrphans:
    def test_takes_what_a_rolled_back_upload_left(self, folder: Path) -> None:
        kept = save()
        with transaction.atomic():
            save()
            transaction.set_rollback(True)
        assert len(on_disk(folder)) == 2
        assert remove_orphans() == 0
        with clock.set_to(clock.now() + timedelta(hours=2)):
            assert remove_orphans() == 1
        assert [path.name for path in on_disk(folder)] == [str(kept.id)]


class TestRotateFiles:
    def test_seals_with_the_new_key_and_is_done_then(self, folder: Path) -> None:
        row = save()
        with options.override(encryption_keys=f"{NEW},{OLD}"):
            assert not is_current(LocalStore(folder).get(str(row.id)))
            StoredFile.objects.exclude(pk=row.id).filter(deleted_at=None).update(
                deleted_at=clock.now()
            )
            assert rotate_files() == 1
            assert rotate_files() == 0
        with options.override(encryption_keys=NEW):
            assert read_file(file_id=row.id) == PDF


class TestLocalStore:
    @pytest.mark.parametrize("key", ["../x", "a/b", "", "A.txt"])
    def test_takes_no_key_that_is_a_path(self, tmp_path: Path, key: str) -> None:
        with pytest.raises(ValueError, match="key"):
            LocalStore(tmp_path).put(key, b"x")

    def test_leaves_the_old_file_whole_when_writing_fails(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        store = LocalStore(tmp_path)
        store.put("ab", b"first")

        def full(_handle: int) -> None:
            raise OSError("disk full")

        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="disk full"):
            store.put("ab", b"second")
        assert store.get("ab") == b"first"
        assert [key for key, _written_at in list(store.keys())] == ["ab"]

    def test_knows_what_it_lacks(self, tmp_path: Path) -> None:
        store = LocalStore(tmp_path)
        store.remove("ab")
        with pytest.raises(KeyError):
            store.get("ab")


class TestSniff:
    @pytest.mark.parametrize(
        ("content", "expected"),
        [
            (b"\x89PNG\r\n\x1a\n...", "image/png"),
            (b"\xff\xd8\xff\xe0", "image/jpeg"),
            (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"),
            ("größer;1\r\n".encode(), "text/plain"),
            (b"bell\x07", "application/octet-stream"),
            (b"\xc3\x28", "application/octet-stream"),
        ],
    )
    def test_goes_by_the_bytes(self, content: bytes, expected: str) -> None:
        assert sniff(content) == expected


class TestCleanName:
    @pytest.mark.parametrize(
        ("name", "expected"),
        [
            ("C:\\docs\\pass.pdf", "pass.pdf"),
            ("../../etc/passwd", "passwd"),
            ("..", "file"),
            ("", "file"),
            ("a\x00\u202eb.pdf", "ab.pdf"),
            ("x" * 500, "x" * 128),
        ],
    )
    def test_keeps_a_harmless_last_part(self, name: str, expected: str) -> None:
        assert clean_name(name) == expected


def test_a_file_that_nobody_knows_is_not_found(folder: Path) -> None:
    del folder
    with pytest.raises(NotFound):
        read_file(file_id=UUID(int=7))
