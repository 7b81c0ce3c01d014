"""The command line against this test's own database."""

import json
from collections.abc import Callable

import psycopg
import pytest
from typer.testing import CliRunner, Result

from fondaco import __version__
from fondaco.kit import options
from fondaco.kit.django import maintenance, tenancy
from fondaco.kit.django.tenancy import TenantScope, UnknownTenant
from fondaco.kit.options import Options
from fondaco.project.cli import app
from fondaco.project.cli.commands import COMMANDS


@pytest.fixture
def run() -> Callable[..., Result]:
    runner = CliRunner(env={"COLUMNS": "200"})
    return lambda *words: runner.invoke(app, words)


class TestHelp:
    def test_names_every_command(self, run: Callable[..., Result]) -> None:
        told = run("--help").stdout
        assert [name for name in COMMANDS if name not in told] == []

    def test_tells_the_version(self, run: Callable[..., Result]) -> None:
        assert run("--version").stdout == f"fondaco {__version__}\n"

    @pytest.mark.parametrize("name", list(COMMANDS))
    def test_is_there_for_each_command(self, run: Callable[..., Result], name: str) -> None:
        told = run(name, "--help")
        assert told.exit_code == 0
        assert "Usage" in told.stdout


class TestConfig:
    def test_lists_every_option_and_no_secret(self, run: Callable[..., Result]) -> None:
        told = run("config").stdout
        shown = [variable for _, variable, *_ in options.rows(options.options())]
        assert [name for name in shown if name not in told] == []
        assert len(shown) == len(Options.model_fields)
        assert options.DEVELOPMENT_SECRET not in told
        assert options.options().database_url not in told


class TestTenant:
    def test_is_made_listed_and_migrated(self, run: Callable[..., Result]) -> None:
        made = run("tenant", "create", "clio", "--host", "clio.test", "--mode", "sandbox")
        assert "Tenant clio (sandbox) is ready" in made.stdout
        assert tenancy.get_scope("clio").schema == "t_clio"
        listed = run("tenant", "list").stdout
        assert "clio.test" in next(line for line in listed.splitlines() if "t_clio" in line)
        assert "up to date" in run("tenant", "migrate").stdout

    def test_that_does_not_exist_is_named(self, run: Callable[..., Result]) -> None:
        refused = run("tenant", "migrate", "nobody")
        assert isinstance(refused.exception, UnknownTenant)


class TestMigrate:
    def test_gives_the_applications_role_its_time_outs(self, run: Callable[..., Result]) -> None:
        with options.override(lock_timeout_ms=1234, statement_timeout_ms=5678):
            assert run("migrate").exit_code == 0
        with psycopg.connect(options.options().database_url) as connection:
            row = connection.execute(
                "SELECT current_setting('lock_timeout'), current_setting('statement_timeout')"
            ).fetchone()
        assert row == ("1234ms", "5678ms")
        assert run("migrate").exit_code == 0


class TestMaintenance:
    def test_is_switched_on_and_off(
        self, run: Callable[..., Result], fresh_tenant: Callable[..., TenantScope]
    ) -> None:
        tenant = fresh_tenant()
        run("maintenance", "on", "--reason", "New disks.", "--tenant", tenant.name)
        with tenancy.scope(tenant):
            notice = maintenance.find_notice()
        assert notice is not None
        assert notice.reason == "New disks."
        assert "open again" in run("maintenance", "off", "--tenant", tenant.name).stdout
        with tenancy.scope(tenant):
            assert maintenance.find_notice() is None


class TestOperator:
    def test_is_appointed_with_a_token(self, run: Callable[..., Result]) -> None:
        words = ("--email", "vera@example.com", "--first-name", "Vera", "--last-name", "Keys")
        made = run("operator", "create", *words, "--role", "auditor", "--tenant", "alpha")
        assert made.exit_code == 0, made.output
        assert len(made.stdout.split()[-1]) > 20


class TestLookingInside:
    def test_shows_each_path_with_what_answers_it(self, run: Callable[..., Result]) -> None:
        told = run("show-urls").stdout
        assert "/api/v1/charges" in told
        assert "fondaco.kit.django.health.livez" in told

    def test_dumps_one_tenants_rows_as_json_lines(self, run: Callable[..., Result]) -> None:
        done = run("dump-data", "--tenant", "alpha")
        assert done.exit_code == 0, done.exception
        lines = done.stdout.splitlines()
        models = {json.loads(line)["model"] for line in lines if line}
        assert "ledger.asset" in models
        assert "tenancy.tenant" not in models


class TestLedger:
    def test_is_verified_tenant_by_tenant(self, run: Callable[..., Result]) -> None:
        told = run("ledger", "verify", "--tenant", "beta")
        assert told.exit_code == 0
        assert "beta:" in told.stdout


class TestDoctor:
    def test_finds_nothing_wrong_here(self, run: Callable[..., Result]) -> None:
        with options.override(default_tenant="alpha"):
            told = run("doctor")
        assert told.exit_code == 0, told.stdout
        assert "the application's role owns nothing" in told.stdout

    def test_says_what_is_wrong(
        self, run: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("FONDACO_PROT", "8000")
        with options.override(default_tenant="nobody", disk_free_min_mb=10**9):
            told = run("doctor")
        assert told.exit_code == 1
        assert "FONDACO_PROT is set, but there is no such option" in told.stdout
        assert "the default one is nobody" in told.stdout
        assert told.stdout.count("✗") == 3
