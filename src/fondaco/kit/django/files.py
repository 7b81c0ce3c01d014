"""Files that people upload and that the platform makes: sniffed, sealed, and never shown inline.

The bytes lie in a ``Store`` under the row's id. They are written before the row, so a row never lacks its
bytes; what a rolled-back transaction leaves behind is taken away by ``remove_orphans``.
"""

import hashlib
import os
import re
import secrets
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, Protocol
from urllib.parse import quote
from uuid import UUID

from django.db import transaction
from django.http import HttpResponse

from fondaco.kit import clock
from fondaco.kit.access import Actor
from fondaco.kit.django import tenancy
from fondaco.kit.django.envelope import is_current, seal, unseal
from fondaco.kit.django.models.files import StoredFile
from fondaco.kit.errors import DomainError, Kind, NotFound
from fondaco.kit.ids import uuid7
from fondaco.kit.options import options

SIZE_MAX: Final = 10 * 1024 * 1024
"""Ten mebibytes."""
ORPHAN_AGE: Final = timedelta(hours=1)
_NAME_MAX: Final = 128
_SIGNATURES: Final = (
    (b"%PDF-", 0, "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", 0, "image/png"),
    (b"\xff\xd8\xff", 0, "image/jpeg"),
    (b"WEBP", 8, "image/webp"),
    (b"PK\x03\x04", 0, "application/zip"),
)
IMAGES_AND_PDF: Final = frozenset({"application/pdf", "image/png", "image/jpeg", "image/webp"})


class FileTooLarge(DomainError):
    """Say that a file has more bytes than we keep."""

    code = "file_too_large"
    kind = Kind.TOO_LARGE
    title = "The file is too large."


class FileTypeRefused(DomainError):
    """Say that the bytes are of no kind that is taken here, whatever the file is called."""

    code = "file_type_refused"
    kind = Kind.INVALID
    title = "Files of this type are not taken here."


class Store(Protocol):
    """Keep sealed bytes by key: a folder here, an object store elsewhere."""

    def put(self, key: str, sealed: bytes) -> None:
        """Keep the bytes; whole or not at all."""

    def get(self, key: str) -> bytes:
        """Give the bytes.

        :raises KeyError: there are none
        """

    def remove(self, key: str) -> None:
        """Take the bytes away; quietly when they are gone already."""

    def keys(self) -> Iterator[tuple[str, datetime]]:
        """List all keys with the instants at which they were written."""


class LocalStore:
    """Keep sealed bytes in a folder, for one machine."""

    def __init__(self, root: Path) -> None:
        """Use this folder, which is made when it is missing."""
        self._root = root

    def put(self, key: str, sealed: bytes) -> None:
        """Write beside, flush to disk, then rename: readers never meet half a file."""
        # The draft lies under a key of its own: one that a crash leaves behind is an orphan like any other.
        path, draft = self._path(key), self._path(f"{key}-{secrets.token_hex(8)}")
        for folder in (path.parent, draft.parent):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(sealed)
                file.flush()
                os.fsync(file.fileno())
            draft.rename(path)
        except OSError:
            draft.unlink(missing_ok=True)
            raise

    def get(self, key: str) -> bytes:
        """Read the whole file.

        :raises KeyError: there is none
        """
        try:
            return self._path(key).read_bytes()
        except FileNotFoundError:
            raise KeyError(key) from None

    def remove(self, key: str) -> None:
        """Delete the file."""
        self._path(key).unlink(missing_ok=True)

    def keys(self) -> Iterator[tuple[str, datetime]]:
        """Walk the folder."""
        for path in self._root.glob("??/*"):
            yield path.name, datetime.fromtimestamp(path.stat().st_mtime, UTC)

    def _path(self, key: str) -> Path:
        if not re.fullmatch(r"[0-9a-f-]+", key):
            raise ValueError("a key of the store has digits, a to f and dashes only")
        # The last letters of a time-ordered id are random, so that the folders fill evenly.
        return self._root / key[-2:] / key


def store() -> Store:
    """Give the store of the present tenant."""
    return LocalStore(Path(options().data_dir) / "files" / tenancy.current().schema)


def save_file(
    *,
    name: str,
    content: bytes,
    purpose: str,
    by: Actor,
    types: frozenset[str] = IMAGES_AND_PDF,
    cover: Callable[[bytes], bytes] = bytes,
) -> StoredFile:
    """Keep a file of one of the types, in the present transaction.

    ``cover`` seals the bytes once more, under a key of the caller's; ``uncover`` of the reads opens that.

    :raises FileTooLarge: over 10 MiB
    :raises FileTypeRefused: empty, or of another type
    """
    if len(content) > SIZE_MAX:
        raise FileTooLarge(facts={"size_bytes_max": SIZE_MAX})
    content_type = sniff(content)
    if not content or content_type not in types:
        raise FileTypeRefused(facts={"types": sorted(types)})
    file_id = uuid7()
    store().put(str(file_id), seal(cover(content), context=_context(file_id)))
    return StoredFile.objects.create(
        id=file_id,
        name=clean_name(name),
        content_type=content_type,
        size_bytes=len(content),
        sha256=hashlib.sha256(content).digest(),
        purpose=purpose,
        created_by=str(by),
        created_at=clock.now(),
    )


def read_file(*, file_id: UUID, uncover: Callable[[bytes], bytes] = bytes) -> bytes:
    """Give the bytes of a file.

    :raises NotFound: unknown, or deleted
    """
    row = StoredFile.objects.filter(pk=file_id, deleted_at__isnull=True).first()
    if row is None:
        raise NotFound
    return uncover(unseal(store().get(str(row.id)), context=_context(row.id)))


def delete_file(*, file_id: UUID) -> None:
    """Take a file's bytes away once the present transaction commits; its row stays as a record.

    :raises NotFound: unknown, or deleted already
    """
    with transaction.atomic():
        now = clock.now()
        rows = StoredFile.objects.filter(pk=file_id, deleted_at__isnull=True)
        if not rows.update(deleted_at=now):
            raise NotFound
        keeper = store()
        transaction.on_commit(lambda: keeper.remove(str(file_id)))


def attachment(*, file_id: UUID, uncover: Callable[[bytes], bytes] = bytes) -> HttpResponse:
    """Answer with a file so that a browser saves it and never runs or shows it under our origin.

    :raises NotFound: unknown, or deleted
    """
    content = read_file(file_id=file_id, uncover=uncover)
    row = StoredFile.objects.get(pk=file_id)
    answer = HttpResponse(content, content_type=row.content_type)
    answer["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(row.name, safe='')}"
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer["Cache-Control"] = "private, no-store"
    return answer


def remove_orphans(*, older_than: timedelta = ORPHAN_AGE) -> int:
    """Take away bytes that no row, or only a deleted one, speaks of; give their number."""
    before, keeper = clock.now() - older_than, store()
    aged = {key for key, written_at in keeper.keys() if written_at < before}  # noqa: SIM118 - a store is no dict
    living = StoredFile.objects.filter(deleted_at__isnull=True).values_list("id", flat=True)
    orphans = aged - {str(file_id) for file_id in living}
    for key in orphans:
        keeper.remove(key)
    return len(orphans)


def rotate_files() -> int:
    """Seal all files of this tenant again that an older key sealed; give their number."""
    keeper, changed = store(), 0
    rows = StoredFile.objects.filter(deleted_at__isnull=True).values_list("id", flat=True)
    for file_id in rows.iterator():
        sealed, context = keeper.get(str(file_id)), _context(file_id)
        if not is_current(sealed):
            keeper.put(str(file_id), seal(unseal(sealed, context=context), context=context))
            changed += 1
    return changed


def sniff(content: bytes) -> str:
    """Tell the type by the first bytes; text without control characters is ``text/plain``."""
    for signature, offset, content_type in _SIGNATURES:
        if content.startswith(signature, offset):
            return content_type
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return "application/octet-stream"
    is_text = all(char >= " " or char in "\t\r\n" for char in text)
    return "text/plain" if is_text else "application/octet-stream"


def clean_name(name: str) -> str:
    """Keep the last part of a name without control characters or leading dots."""
    last = re.split(r"[/\\]", name)[-1]
    printable = "".join(char for char in last if char.isprintable()).strip(" .")
    return printable[:_NAME_MAX] or "file"


def _context(file_id: UUID) -> str:
    return f"{StoredFile._meta.db_table}:{file_id}"  # noqa: SLF001 - Django's documented model API
