"""Who works for the house, and with which rights."""

import pytest

from fondaco.identity import queries as people
from fondaco.identity.states import StaffRole
from fondaco.identity.types import SetUpLink
from fondaco.kit.access import SYSTEM
from fondaco.kit.ids import uuid7
from fondaco.operators import actions, queries
from fondaco.operators.rights import READING, Right, rights_of

pytestmark = pytest.mark.usefixtures("tenant")


def appoint(role: StaffRole, *rights: Right) -> SetUpLink:
    return actions.appoint(
        role=role,
        email=f"{uuid7().hex}@example.com",
        first_name="Olga",
        last_name="Keeper",
        rights=frozenset(rights),
        by=SYSTEM,
    )


class TestAppoint:
    @pytest.mark.parametrize(
        ("role", "held"),
        [
            (StaffRole.MASTER_ADMIN, {"*"}),
            (StaffRole.AUDITOR, {right.value for right in READING}),
            (StaffRole.OPERATOR, {"wallets:top_up"}),
        ],
    )
    def test_gives_the_rights_of_the_role(self, role: StaffRole, held: set[str]) -> None:
        link = appoint(role, Right.WALLETS_TOP_UP)
        user = people.get_user(link.user_id)
        assert user.staff_role is role
        assert user.permissions == held
        assert user in queries.list_operators()


class TestChangeRights:
    def test_makes_an_auditor_who_only_reads(self) -> None:
        link = appoint(StaffRole.OPERATOR, Right.WALLETS_TOP_UP)
        user = actions.change_rights(
            user_id=link.user_id,
            role=StaffRole.AUDITOR,
            rights=frozenset({Right.WALLETS_TOP_UP}),
            by=SYSTEM,
        )
        assert user.permissions == {right.value for right in READING}


class TestRights:
    def test_of_an_auditor_hold_nothing_that_writes(self) -> None:
        held = rights_of(StaffRole.AUDITOR, frozenset(Right))
        assert held
        assert all(right.endswith(":read") for right in held)
