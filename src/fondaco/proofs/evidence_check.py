"""Check an archive of evidence with nothing but its bytes and the house's public key.

The archive is a zip file whose comment ends with a signature over all bytes before it, so a change of any
byte shows. What is inside is then checked for itself: digests, the chain of blocks, their signatures, and the
audit trail against its Merkle roots. Runs without settings or database.
"""

import csv
import io
import json
import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from fondaco.proofs.merkle import HEADER, leaf_hash, root_of

FORMAT: Final = "fondaco-evidence/1"
MANIFEST: Final = "manifest.json"
BLOCKS: Final = "blocks.tsv"
AUDIT: Final = "audit.tsv"
BALANCES: Final = ("trial_balance_before.csv", "trial_balance.csv")
SIGNATURE_DIGITS: Final = 128
"""Sixty-four bytes in lower-case hexadecimal digits, at the very end of the file."""
_SEAL: Final = re.compile(rb"fondaco-evidence/1 ([!-~]{1,192}) ([0-9a-f]{128})\Z")
_TAIL_MAX: Final = 512
_CHUNK: Final = 1 << 20
_BLOCK_CELLS: Final = 15
_TAIL: Final = 3
"""Hash, key and signature stand behind a block's header."""


class EvidenceBroken(Exception):
    """Say in one sentence why an archive proves nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Tell what a genuine archive holds."""

    manifest: Mapping[str, Any]
    blocks: int
    entries: int


def message_of(digest: bytes) -> bytes:
    """Give what is signed for the digest of an archive without its signature."""
    return FORMAT.encode() + b"\0" + digest


def check_evidence(path: Path, *, public_keys: Mapping[str, bytes]) -> Evidence:
    """Check an archive whole.

    :param public_keys: thirty-two bytes by name; blocks may be signed with older keys than the archive
    :raises EvidenceBroken: the first reason found
    """
    key_id, signature, digest = _seal_of(path)
    _check_signature(public_keys, key_id, signature, message_of(digest), "the archive")
    with zipfile.ZipFile(path) as archive:
        manifest = json.loads(archive.read(MANIFEST))
        if manifest.get("format") != FORMAT:
            raise EvidenceBroken("the archive has an unknown format")
        _check_digests(archive, manifest["files"])
        blocks = archive.read(BLOCKS).decode().splitlines()
        entries = archive.read(AUDIT).split(b"\n")[:-1]
        _check_balances(archive)
    _check_chain(blocks, public_keys)
    _check_entries(blocks, entries)
    return Evidence(manifest=manifest, blocks=len(blocks), entries=len(entries))


def _seal_of(path: Path) -> tuple[str, bytes, bytes]:
    """Give key, signature and the digest of what is signed; nothing is unpacked before they are checked."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, io.SEEK_END)
            file.seek(max(size - _TAIL_MAX, 0))
            found = _SEAL.search(file.read())
            file.seek(0)
            left, total = size - SIGNATURE_DIGITS, sha256()
            while left > 0 and (part := file.read(min(left, _CHUNK))):
                total.update(part)
                left -= len(part)
    except OSError:
        raise EvidenceBroken("the file cannot be read") from None
    if found is None:
        raise EvidenceBroken("the file bears no signature of an archive of evidence")
    key_id, digits = (group.decode("ascii") for group in found.groups())
    return unquote(key_id), bytes.fromhex(digits), total.digest()


def _check_signature(
    public_keys: Mapping[str, bytes], key_id: str, signature: bytes, message: bytes, what: str
) -> None:
    public = public_keys.get(key_id)
    if public is None:
        raise EvidenceBroken(f"{what} is signed with key {key_id}, which is not given")
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        raise EvidenceBroken(f"{what} is not as it was signed") from None


def _check_digests(archive: zipfile.ZipFile, files: Mapping[str, Mapping[str, Any]]) -> None:
    names = archive.namelist()
    if sorted(names) != sorted([*files, MANIFEST]):
        raise EvidenceBroken("the archive holds other files than its manifest names")
    for name, said in files.items():
        content = archive.read(name)
        if (len(content), sha256(content).hexdigest()) != (said["bytes"], said["sha256"]):
            raise EvidenceBroken(f"{name} is not what the manifest says")


def _check_chain(blocks: Sequence[str], public_keys: Mapping[str, bytes]) -> None:
    before: list[str] = []
    for line in blocks:
        cells = line.split("\t")
        if len(cells) != _BLOCK_CELLS:
            raise EvidenceBroken(f"{BLOCKS} has a line of {len(cells)} cells")
        number, previous = cells[1], cells[3]
        digest, key_id, signature = cells[-_TAIL:]
        header = "\t".join(cells[:-_TAIL]) + "\n"
        if sha256(HEADER + header.encode()).hexdigest() != digest:
            raise EvidenceBroken(f"block {number} says something else than its hash")
        if before and (previous != before[-_TAIL] or int(number) != int(before[1]) + 1):
            raise EvidenceBroken(f"block {number} does not follow block {before[1]}")
        hash_ = bytes.fromhex(digest)
        what = f"block {number}"
        _check_signature(public_keys, key_id, bytes.fromhex(signature), hash_, what)
        before = cells


def _check_entries(blocks: Sequence[str], entries: Sequence[bytes]) -> None:
    place = 0
    for line in blocks:
        cells = line.split("\t")
        number, count, root = cells[1], int(cells[-_TAIL - 2]), cells[-_TAIL - 1]
        leaves = [leaf_hash(entry + b"\n") for entry in entries[place : place + count]]
        if root_of(leaves).hex() != root:
            raise EvidenceBroken(f"the audit trail is not what block {number} closed")
        place += count
    if place != len(entries):
        raise EvidenceBroken("the audit trail has entries that no block closes")


def _check_balances(archive: zipfile.ZipFile) -> None:
    for name in BALANCES:
        sums: dict[str, int] = {}
        for row in csv.DictReader(io.StringIO(archive.read(name).decode())):
            net = int(row["debits_minor"]) - int(row["credits_minor"])
            sums[row["asset"]] = sums.get(row["asset"], 0) + net
        wrong = [asset for asset, net in sums.items() if net]
        if wrong:
            raise EvidenceBroken(f"{name}: {wrong[0]} does not balance")
