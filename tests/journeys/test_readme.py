"""The first charge, as the README tells it: each of its commands is sent, in its order."""

import re
import shlex
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.house.pages import ROOT
from tests.plumbing.api import ApiClient


@dataclass(frozen=True, slots=True)
class Command:
    """One ``curl`` of the README."""

    path: str
    body: str | None
    headers: Mapping[str, str]


def scripts() -> str:
    """Give all shell blocks of the README, one command a line."""
    blocks = re.findall(
        r"^```sh\n(.*?)^```", (ROOT / "README.md").read_text(), re.DOTALL | re.MULTILINE
    )
    return "".join(blocks).replace("\\\n", " ")


def commands(known: dict[str, str]) -> Iterator[Command]:
    """Read the commands one after the other; ``known`` holds the shell's variables at that time."""
    known |= dict(re.findall(r"^([A-Z]+)='?([^'\n;…]+)'?$", scripts(), re.MULTILINE))
    for text in re.findall(r"^curl (?:[^'\n]|'[^']*')+", scripts(), re.MULTILINE):
        filled = re.sub(r"\$([A-Z]+)", lambda match: known[match[1]], text)
        words = [word for word in shlex.split(filled)[1:] if word != "-i"]
        pairs = list(zip(words[1::2], words[2::2], strict=True))
        headers = dict(value.split(": ", 1) for flag, value in pairs if flag == "-H")
        body = next((value for flag, value in pairs if flag == "-d"), None)
        yield Command(words[0].removeprefix(known["API"]), body, headers)


def send(api: ApiClient, command: Command) -> Any:
    """Send a command as curl would: with a body it is a POST."""
    method = "GET" if command.body is None else "POST"
    headers = {name: value for name, value in command.headers.items() if name != "Content-Type"}
    return api.send(method, command.path, body=command.body, key=None, headers=headers)


class TestTheReadme:
    def test_leads_a_stranger_to_the_first_charge(self, fresh_tenant: Callable[[], Any]) -> None:
        api = ApiClient(fresh_tenant().name.replace("_", "-") + ".test")
        known: dict[str, str] = {}
        answers = []
        for command in commands(known):
            answers.append(send(api, command))
            if len(answers) == 1:
                ada = answers[0].json()
                known |= {"ADA": ada["access_token"], "WALLET": ada["wallet"]["token"]}
            if len(answers) == 2:
                known["SHOP"] = answers[1].json()["access_token"]
        assert [answer.status_code for answer in answers] == [201, 201, 201, 201, 201, 200]
        _, _, _, charged, again, history = answers
        assert again.json() == charged.json()
        assert (charged.get("Idempotent-Replay"), again.get("Idempotent-Replay")) == (None, "true")
        assert [item["balance"]["amount"] for item in history.json()["items"]] == [
            "94.50",
            "100.00",
        ]
