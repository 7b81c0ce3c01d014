"""Put trial balance, seals and audit trail of a period into one signed archive for ``evidence_check``."""

import csv
import io
import json
import zipfile
from collections.abc import Iterator
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from django.db import connection, transaction

from fondaco.kit.django import tenancy
from fondaco.proofs import chain, lines, signatures
from fondaco.proofs.checking import read_part
from fondaco.proofs.evidence_check import (
    AUDIT,
    BALANCES,
    BLOCKS,
    FORMAT,
    MANIFEST,
    SIGNATURE_DIGITS,
    message_of,
)
from fondaco.proofs.models import Block, BlockPart
from fondaco.proofs.queries.trial import get_trial_balance
from fondaco.proofs.types import SealedPart

README: Final = "README.txt"
_CHUNK: Final = 1 << 20
_DATE: Final = (1980, 1, 1, 0, 0, 0)
"""The same for every file: what was packed when says nothing."""
_SNAPSHOT: Final = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"
_NO_TIMEOUT: Final = "SET LOCAL statement_timeout = 0"
_WORDS: Final = """\
Evidence of {tenant}, from {since} to {until} (not included).

trial_balance_before.csv   sums of all accounts before the period, by asset, kind and group
trial_balance.csv          the same before the end of the period
blocks.tsv                 the blocks that close what is dated in the period: header, hash, key, signature
audit.tsv                  the audit trail that these blocks close, one canonical line each
manifest.json              length and SHA-256 of each of these files

The last 128 characters of this archive are an Ed25519 signature over
"{format}", a zero byte, and the SHA-256 of all bytes before them.

Check it:  fondaco evidence check FILE --key NAME:BASE64
How blocks and lines are hashed: docs/domains/proofs.md
"""


def write_evidence(path: Path, *, since: datetime, until: datetime, made_at: datetime) -> bytes:
    """Write the archive of a period; gives its SHA-256. Everything is read in one snapshot.

    :raises KeysError: there is no key to sign with
    :raises HistoryDetached: transfers of the period's beginning are in the archive already
    """
    with transaction.atomic(durable=True):
        with connection.cursor() as cursor:
            cursor.execute(_SNAPSHOT)
            cursor.execute(_NO_TIMEOUT)
        blocks = list(_blocks(since, until))
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            _fill(archive, blocks, since, until, made_at)
            key_id = quote(signatures.current_key_id(), safe="")
            archive.comment = f"{FORMAT} {key_id} {'0' * SIGNATURE_DIGITS}".encode("ascii")
    return _sign(path)


def _blocks(since: datetime, until: datetime) -> Iterator[Block]:
    """Give the blocks that close what is dated in a period: up to the first one made after its end."""
    for block in Block.objects.filter(sealed_at__gte=since).order_by("number"):
        yield block
        if block.sealed_at >= until:
            return


def _fill(
    archive: zipfile.ZipFile,
    blocks: list[Block],
    since: datetime,
    until: datetime,
    made_at: datetime,
) -> None:
    tenant = tenancy.current().name
    words = _WORDS.format(
        tenant=tenant, since=since.isoformat(), until=until.isoformat(), format=FORMAT
    )
    contents: dict[str, Iterator[bytes]] = {
        README: iter([words.encode()]),
        BALANCES[0]: _trial_balance(since),
        BALANCES[1]: _trial_balance(until),
        BLOCKS: map(_block_line, blocks),
        AUDIT: _audit_lines(blocks),
    }
    files = {name: _write(archive, name, content) for name, content in contents.items()}
    manifest = {
        "format": FORMAT,
        "tenant": tenant,
        "since": since.isoformat(),
        "until": until.isoformat(),
        "made_at": made_at.isoformat(),
        "first_block": blocks[0].number if blocks else None,
        "last_block": blocks[-1].number if blocks else None,
        "last_hash": bytes(blocks[-1].hash).hex() if blocks else None,
        "files": files,
    }
    text = json.dumps(manifest, sort_keys=True, separators=(",", ":"), ensure_ascii=False) + "\n"
    _write(archive, MANIFEST, iter([text.encode()]))


def _write(archive: zipfile.ZipFile, name: str, content: Iterator[bytes]) -> dict[str, Any]:
    digest, size = sha256(), 0
    entry = zipfile.ZipInfo(name, _DATE)
    entry.compress_type = zipfile.ZIP_DEFLATED
    with archive.open(entry, "w", force_zip64=True) as file:
        for part in content:
            file.write(part)
            digest.update(part)
            size += len(part)
    return {"bytes": size, "sha256": digest.hexdigest()}


def _trial_balance(at: datetime) -> Iterator[bytes]:
    yield _csv_line(
        "asset", "scale", "kind", "group", "accounts", "debits_minor", "credits_minor", "held_minor"
    )
    for trial in get_trial_balance(at=at):
        for line in trial.lines:
            yield _csv_line(
                line.asset.code,
                line.asset.scale,
                line.kind.value,
                line.group,
                line.accounts,
                line.debits.minor,
                line.credits.minor,
                line.held.minor,
            )


def _csv_line(*cells: object) -> bytes:
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(cells)
    return line.getvalue().encode()


def _block_line(block: Block) -> bytes:
    parts = block.parts.values_list("source", "count", "root")
    header = chain.header(
        number=block.number,
        sealed_at=block.sealed_at,
        previous=bytes(block.previous),
        parts={source: SealedPart(count, bytes(root)) for source, count, root in parts},
    )
    cells = (bytes(block.hash).hex(), block.key_id, bytes(block.signature).hex())
    return header.rstrip(b"\n") + b"\t" + "\t".join(cells).encode() + b"\n"


def _audit_lines(blocks: list[Block]) -> Iterator[bytes]:
    for block in blocks:
        part = BlockPart.objects.filter(block=block, source=lines.AUDIT.name).first()
        if part is not None:
            wanted = set(lines.key_texts(bytes(part.keys)))
            rows = list(read_part(lines.AUDIT, part))
            yield from (row for row in rows if row[: lines.KEY_LENGTH] in wanted)


def _sign(path: Path) -> bytes:
    """Sign all bytes but the signature's own, which is put in its place."""
    left, total = path.stat().st_size - SIGNATURE_DIGITS, sha256()
    with path.open("r+b") as file:
        while left > 0:
            part = file.read(min(left, _CHUNK))
            total.update(part)
            left -= len(part)
        digits = signatures.sign(message_of(total.digest())).bytes.hex().encode()
        file.seek(-SIGNATURE_DIGITS, io.SEEK_END)
        file.write(digits)
    total.update(digits)
    return total.digest()
