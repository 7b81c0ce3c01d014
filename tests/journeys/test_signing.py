"""``docs/signing.md`` is true: its vectors are what the code makes, and its examples are understood."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable

import pytest

from fondaco.apikeys import signing
from fondaco.apikeys.tests.programs import make_key
from fondaco.kit.django import tenancy
from tests.house.pages import ROOT, fences
from tests.plumbing.serving import platform

PAGE = (ROOT / "docs/signing.md").read_text(encoding="utf-8")
SECRET = "fks_4uHTqJ6qT9mR2bQ5vXyZ0aLcD8eFgKwN1pSsVtUxWiM"
VECTORS = [
    [cell.strip().strip("`") for cell in line.strip("|").split("|")]
    for line in PAGE.splitlines()
    if re.match(r"\| 18\d{8} \|", line)
]


class TestTheVectors:
    def test_are_those_of_the_page(self) -> None:
        assert len(VECTORS) == 4
        assert SECRET in PAGE

    @pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector[2] + vector[0][-1])
    def test_are_what_the_code_makes(self, vector: list[str]) -> None:
        at, nonce, method, host, target, key, body, code = vector
        request = signing.Request(
            method=method, host=host, target=target, idempotency_key=key, body=body.encode()
        )
        made = signing.sign(request, secret=SECRET, at_s=int(at), nonce=nonce)
        assert made == f"t={at},n={nonce},v1={code}"
        assert signing.is_right(signing.read(made), request, secret=SECRET)

    def test_come_with_the_text_of_one(self) -> None:
        at, nonce, method, host, target, key, body, _ = VECTORS[1]
        request = signing.Request(
            method=method, host=host, target=target, idempotency_key=key, body=body.encode()
        )
        text = signing.signed_text(request, at_s=int(at), nonce=nonce).decode()
        assert f"{text}\n" in fences(PAGE)


class TestTheExamples:
    def run(self, command: list[str], tenant: str) -> str:
        with tenancy.scope(tenant):
            issued = make_key()
        with platform(tenant) as origin:
            known = {"FONDACO": origin, "KEY": issued.key.wire_id, "SECRET": issued.secret}
            done = subprocess.run(
                command,
                env={"PATH": os.environ["PATH"]} | known,
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
            )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def test_in_python_work(self, example: Callable[[str], str]) -> None:
        assert self.run([sys.executable, "-c", example("python")], "alpha") == "Till\n1\n"

    @pytest.mark.needs_tool("openssl")
    @pytest.mark.needs_tool("curl")
    def test_in_a_shell_work(self, example: Callable[[str], str]) -> None:
        made, listed = self.run(["sh", "-c", example("sh")], "alpha").splitlines()
        assert json.loads(listed)["items"][0]["id"] == json.loads(made)["id"]

    def test_have_about_thirty_lines(self, example: Callable[[str], str]) -> None:
        for language in ("python", "sh"):
            assert len(example(language).splitlines()) <= 34

    @pytest.fixture
    def example(self) -> Callable[[str], str]:
        """Give the page's example in a language."""

        def find(language: str) -> str:
            (text,) = re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
            return str(text)

        return find
