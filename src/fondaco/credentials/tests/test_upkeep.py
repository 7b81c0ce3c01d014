"""What is forgotten when its time is over."""

from datetime import timedelta

import pytest

from fondaco.credentials import locks
from fondaco.credentials.actions import login, upkeep
from fondaco.credentials.models import Challenge, LoginLock
from fondaco.credentials.tests.people import make_person
from fondaco.kit import clock

pytestmark = pytest.mark.usefixtures("tenant")


class TestPurge:
    def test_deletes_what_is_over_for_a_day_and_nothing_else(self) -> None:
        person = make_person()
        long_ago = clock.now() - timedelta(days=2)
        with clock.set_to(long_ago):
            login.ask_login_code(identifier=person.email, channels=("email",))
            locks.count_failure(person.email)
        old = Challenge.objects.get(created_at=long_ago)
        login.ask_login_code(identifier=person.email, channels=("email",))
        new = Challenge.objects.latest("created_at")
        assert upkeep.purge() >= 2
        assert not Challenge.objects.filter(id=old.id).exists()
        assert Challenge.objects.filter(id=new.id).exists()
        assert not LoginLock.objects.filter(since_at=long_ago).exists()
