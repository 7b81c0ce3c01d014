"""Letters to many: to whom they go, how fast, and how people leave."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from fondaco.identity import actions as identity
from fondaco.identity.tests.people import unique
from fondaco.kit import clock, options
from fondaco.kit.access import SYSTEM
from fondaco.kit.errors import InvalidField, NotFound
from fondaco.kit.lifecycle import IllegalMove
from fondaco.notifications import actions, models, queries, unsubscribing
from fondaco.notifications.actions.mailings import STEP
from fondaco.notifications.errors import TemplateRefused
from fondaco.notifications.states import Channel, MailingState, MessageState
from fondaco.notifications.tests.cast import Somebody, clear, send
from fondaco.notifications.types import Audience, Mailing, Wording
from tests.plumbing.letters import Post

pytestmark = pytest.mark.usefixtures("tenant")

WORDS = Wording(
    subject="News of {{ house }}",
    text="Hello {{ name }}, there is news. Leave: {{ unsubscribe_url }}",
    html='<p>Hello {{ name }}</p><p><a href="{{ unsubscribe_url }}">Leave</a></p>',
)


class Circle:
    """A group of customers of its own, so that no other test's people get letters."""

    def __init__(self, size: int) -> None:
        self.group_id = identity.make_group(name=unique("circle"), by=SYSTEM).id
        self.people = [self.join(Somebody()) for _ in range(size)]

    def join(self, somebody: Somebody) -> Somebody:
        identity.put_into_group(customer_id=somebody.customer_id, group_id=self.group_id, by=SYSTEM)
        return somebody

    def write(self, *, per_minute: int = 6000, **changed: Any) -> Mailing:
        asked: dict[str, Any] = {"channel": Channel.EMAIL, "words": WORDS}
        return actions.make_mailing(
            label="News",
            audience=Audience(group_id=self.group_id),
            per_minute=per_minute,
            by=SYSTEM,
            **(asked | changed),
        )

    def reached(self) -> list[int]:
        """Count each person's letters."""
        return [len(one.messages(notice="mailing")) for one in self.people]


def go_through(mailing_id: UUID, *, steps: int = 1) -> list[int]:
    """Let time pass, a step at a time; give how many letters each step made."""
    began, made = clock.now(), []
    for step in range(1, steps + 1):
        with clock.set_to(began + step * STEP):
            made.append(actions.advance(mailing_id=mailing_id))
    return made


class TestAMailing:
    def test_reaches_each_of_its_audience_once_and_is_done(self, accounts: Post) -> None:
        clear(Channel.EMAIL)
        circle, outside = Circle(3), Somebody()
        mailing = circle.write()
        actions.start_mailing(mailing_id=mailing.id, by=SYSTEM)
        go_through(mailing.id, steps=3)
        found = queries.get_mailing(mailing_id=mailing.id)
        assert (found.state, found.made, found.left_out) == (MailingState.DONE, 3, 0)
        assert circle.reached() == [1, 1, 1]
        assert outside.messages(notice="mailing") == []
        with clock.set_to(clock.now() + 4 * STEP):
            send(Channel.EMAIL)
        letters = [
            letter
            for one in circle.people
            for letter in accounts.letters(channel="email", recipient=one.user.email)
        ]
        assert len(letters) == 3
        url = unsubscribing.url_of(circle.people[0].id)
        assert letters[0]["subject"] == "News of Fondaco"
        assert url in letters[0]["text"]
        assert f'<a href="{url}">' in letters[0]["html"]
        assert f"List-Unsubscribe: <{url}>" in letters[0]["headers"]
        assert "List-Unsubscribe-Post: List-Unsubscribe=One-Click" in letters[0]["headers"]

    def test_goes_through_so_many_people_a_minute(self) -> None:
        circle = Circle(5)
        mailing = circle.write(per_minute=24)
        actions.start_mailing(mailing_id=mailing.id, by=SYSTEM)
        assert go_through(mailing.id, steps=3) == [4, 1, 0]  # the first step stands for two

    def test_makes_no_second_letter_when_a_step_runs_twice(self) -> None:
        circle = Circle(2)
        mailing = circle.write()
        actions.start_mailing(mailing_id=mailing.id, by=SYSTEM)
        go_through(mailing.id)
        models.Mailing.objects.filter(id=mailing.id).update(
            state=MailingState.RUNNING, after_user=None, went_on_at=clock.now() - timedelta(hours=1)
        )
        actions.advance(mailing_id=mailing.id)
        assert circle.reached() == [1, 1]

    def test_goes_to_nobody_before_it_starts_and_while_it_pauses(self) -> None:
        circle = Circle(1)
        mailing = circle.write()
        assert go_through(mailing.id) == [0]
        actions.start_mailing(mailing_id=mailing.id, by=SYSTEM)
        actions.pause_mailing(mailing_id=mailing.id, by=SYSTEM)
        assert go_through(mailing.id) == [0]
        assert circle.reached() == [0]

    def test_takes_back_what_waits_when_it_is_cancelled(self) -> None:
        circle = Circle(2)
        mailing = circle.write()
        actions.start_mailing(mailing_id=mailing.id, by=SYSTEM)
        models.Mailing.objects.filter(id=mailing.id).update(per_minute=12)
        assert go_through(mailing.id) == [2]
        actions.cancel_mailing(mailing_id=mailing.id, by=SYSTEM)
        states = {row.state for one in circle.people for row in one.messages(notice="mailing")}
        assert states == {MessageState.CANCELLED}
        with pytest.raises(IllegalMove):
            actions.start_mailing(mailing_id=mailing.id, by=SYSTEM)

    def test_leaves_out_who_wants_none_or_cannot_be_reached(self) -> None:
        circle = Circle(3)
        actions.unsubscribe(token=unsubscribing.token_of(circle.people[0].id))
        circle.people.append(circle.join(Somebody(email_verified_at=None)))
        mailing = circle.write()
        actions.start_mailing(mailing_id=mailing.id, by=SYSTEM)
        go_through(mailing.id, steps=3)
        found = queries.get_mailing(mailing_id=mailing.id)
        assert (found.made, found.left_out) == (2, 2)
        assert circle.reached() == [0, 1, 1, 0]

    @pytest.mark.parametrize(
        ("changed", "error", "field"),
        [
            ({"words": Wording(subject="x", text="{{ nobody }}")}, TemplateRefused, "text"),
            ({"words": Wording(subject="x", text="no way out")}, InvalidField, "text"),
            ({"channel": Channel.APPRISE}, InvalidField, "channel"),
        ],
    )
    def test_is_refused_with_the_field(
        self, changed: dict[str, Any], error: type[Any], field: str
    ) -> None:
        with pytest.raises(error) as refused:
            Circle(0).write(**changed)
        assert refused.value.field == field


class TestUnsubscribing:
    def test_by_one_click_ends_mailings_and_nothing_else(self) -> None:
        ada = Somebody()
        for _ in range(2):
            actions.unsubscribe(token=unsubscribing.token_of(ada.id))
        wishes = {
            (one.notice, one.channel): one.is_on for one in queries.list_wishes(user=ada.user)
        }
        assert wishes["mailing", Channel.EMAIL] is False
        assert wishes["mailing", Channel.IN_APP] is True
        assert wishes["request_asked", Channel.EMAIL] is True

    @pytest.mark.parametrize("broken", ["", "x", "é", "A" * 43, "=" * 43])
    def test_takes_no_token_that_the_house_did_not_make(self, broken: str) -> None:
        token = unsubscribing.token_of(Somebody().id)
        with pytest.raises(NotFound):
            actions.unsubscribe(token=broken)
        forged = ("B" if token[0] != "B" else "C") + token[1:]
        with pytest.raises(NotFound):
            actions.unsubscribe(token=forged)

    def test_leads_to_the_house_s_own_address(self) -> None:
        with options.override(public_url="https://api.example.com/"):
            url = unsubscribing.url_of(UUID(int=7))
        assert url.startswith("https://api.example.com/api/v1/notifications/unsubscribe/AAAA")
