"""A sender that is killed again and again tells nobody twice and loses nothing from sight."""

import os
import random
import subprocess
import sys
import time

import httpx
import pytest

from drills.scale import scaled
from fondaco.kit import clock, options
from fondaco.notifications import actions, models
from fondaco.notifications.actions.delivering import LEASE
from fondaco.notifications.states import Channel, MessageState
from fondaco.notifications.tests.cast import (
    LONG_S,
    Somebody,
    ask_for_money,
    clear,
    fresh_reader,
    tell,
)
from tests.plumbing.letters import Post

SENDER = """
import django; django.setup()
from fondaco.kit.django import tenancy
from fondaco.notifications import actions
from fondaco.notifications.states import Channel
with tenancy.scope("alpha"):
    actions.send_due(channel=Channel.SLACK, for_s=60)
"""
KILLS = scaled(40)
LATENCY_S = 0.2


def start(accounts: Post) -> "subprocess.Popen[bytes]":
    """Start a process that sends what is due by Slack."""
    chosen = {
        f"FONDACO_{name.upper()}": str(accounts.accounts[name])
        for name in ("slack_token", "slack_url", "sandbox_url")
    }
    return subprocess.Popen([sys.executable, "-c", SENDER], env=os.environ | chosen)


def count_tried() -> int:
    return models.Message.objects.filter(channel=Channel.SLACK, attempts__gt=0).count()


@pytest.mark.drill
def test_a_killed_sender_tells_nobody_twice(accounts: Post) -> None:
    clear(Channel.SLACK)
    crowd = [Somebody() for _ in range(3 * KILLS + 2)]
    for one in crowd:
        one.want("request_asked", Channel.SLACK)
        ask_for_money(one, asker=crowd[0])
    tell()
    fresh_reader()()  # a reader that begins anew tells nothing again
    httpx.put(f"{accounts.url}/control/slack/faults", json={"latency_s": LATENCY_S})
    dice = random.Random(7)
    for _ in range(KILLS):
        before, process = count_tried(), start(accounts)
        deadline = time.monotonic() + LONG_S
        while count_tried() == before:
            assert time.monotonic() < deadline, "nothing is sent"
            time.sleep(0.01)
        time.sleep(dice.uniform(0, 2 * LATENCY_S))
        process.kill()
        process.wait()
    accounts.heal("slack")
    with clock.set_to(clock.now() + 2 * LEASE), options.override(**accounts.accounts):
        assert not actions.send_due(channel=Channel.SLACK, for_s=LONG_S)
    states = []
    for one in crowd:
        (row,) = one.messages(channel=Channel.SLACK)
        came = len(accounts.letters(channel="slack", recipient=one.slack))
        states.append(row.state)
        assert came <= 1
        assert came == 1 or row.state == MessageState.DOUBTFUL
    assert set(states) <= {MessageState.SENT, MessageState.DOUBTFUL}
    assert states.count(MessageState.DOUBTFUL) <= KILLS
    assert MessageState.SENT in states
