"""Check that what the house owes you is in the sum that it publishes. Needs Python 3.9, nothing else.

    curl -H "Authorization: Bearer …" https://HOUSE/api/v1/proofs/prf_…/mine > mine.json
    curl https://HOUSE/api/v1/proofs/prf_… > public.json
    python verify_inclusion.py mine.json public.json cus_…

Take public.json where others take it too: all customers must see the same root. Then compare the amounts
that are printed with what you had at that time. Ends with 0 when all of them are proved.
"""

import hashlib
import json
import pathlib
import sys
from typing import Any

Json = dict[str, Any]
Node = tuple[bytes, int]
"""A hash, and the sum of all leaves below it."""


def number(text: object) -> int:
    """Read an amount; a sum below zero would hide a debt, so there is none."""
    if not (isinstance(text, str) and text.isascii() and text.isdigit() and int(text) < 10**39):
        sys.exit(f"FALSE: {text!r} is no amount")
    return int(text)


def leaf(report: str, customer: str, account: Json, part: Json) -> Node:
    """Make the leaf of a part of your balance."""
    amount = number(part["amount_minor"])
    before, after = (report, account["currency"]), (customer, account["account"], part["number"])
    fields = [str(word).encode() for word in before] + [bytes.fromhex(part["salt"])]
    fields += [str(word).encode() for word in (*after, amount)]
    text = b"".join(len(field).to_bytes(4, "big") + field for field in fields)
    return hashlib.sha256(b"\x00" + text).digest(), amount


def join(left: Node, right: Node) -> Node:
    """Make the node above two: both hashes and both sums are in its hash."""
    text = left[0] + left[1].to_bytes(32, "big") + right[0] + right[1].to_bytes(32, "big")
    return hashlib.sha256(b"\x01" + text).digest(), left[1] + right[1]


def climb(node: Node, part: Json, depth: int) -> Node:
    """Give the root to which a leaf leads."""
    position = part["position"]
    if len(part["siblings"]) != depth or not 0 <= position < 2**depth:
        sys.exit("FALSE: the way to the root is not as long as the tree is high")
    for sibling in part["siblings"]:
        other = (bytes.fromhex(sibling["hash"]), number(sibling["sum_minor"]))
        if len(other[0]) != len(node[0]):
            sys.exit("FALSE: a sibling is no hash")
        node = join(other, node) if position & 1 else join(node, other)
        position >>= 1
    return node


def verify(mine: Json, public: Json, customer: str) -> None:
    """Check every leaf of every account."""
    if mine["report"] != public["id"] or mine["customer"] != customer or not mine["accounts"]:
        sys.exit("FALSE: the proof is of another report, of somebody else, or empty")
    roots = {root["currency"]: root for root in public["roots"]}
    seen = set()
    for account in mine["accounts"]:
        code, parts = account["account"], account["parts"]
        root = roots.get(account["currency"]) or sys.exit(f"FALSE: no root for {code}")
        for part in parts:
            reached = climb(leaf(public["id"], customer, account, part), part, root["depth"])
            if reached != (bytes.fromhex(root["hash"]), number(root["total_minor"])):
                sys.exit(f"FALSE: {code} does not lead to the published root")
            seen.add((account["currency"], part["position"]))
        if sum(number(part["amount_minor"]) for part in parts) != number(account["amount_minor"]):
            sys.exit(f"FALSE: the parts of {code} sum to something else")
        sys.stdout.write(f"TRUE: {code} counts {account['amount']} {account['currency']}\n")
    if len(seen) != sum(len(account["parts"]) for account in mine["accounts"]):
        sys.exit("FALSE: one leaf is shown twice")


if __name__ == "__main__":
    own, shown = (json.loads(pathlib.Path(name).read_text("utf-8")) for name in sys.argv[1:3])
    verify(own, shown, sys.argv[3])
