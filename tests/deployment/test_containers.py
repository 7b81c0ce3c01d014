"""Deployment files against the code: no container engine is needed to see that they fit each other."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import psycopg
import pytest
import yaml

from fondaco.kit.django import jobs
from fondaco.kit.option_sources import env_name
from fondaco.kit.options import Options
from fondaco.project.cli.commands import COMMANDS
from fondaco.project.cli.web import Part
from tools import env_example

ROOT: Final = Path(__file__).parents[2]
COMPOSE: Final[dict[str, Any]] = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))
SERVICES: Final[dict[str, Any]] = COMPOSE["services"]
OURS: Final = {
    name: one
    for name, one in SERVICES.items()
    if one["image"].startswith("fondaco:") and name != "migrate"
}
YAML: Final = [ROOT / "compose.yaml", *sorted((ROOT / "deploy").rglob("*.yml"))]
DOCKERFILES: Final = [ROOT / "Dockerfile", ROOT / "deploy/pgbouncer/Dockerfile"]
OPTIONS: Final = {env_name(name, field) for name, field in Options.model_fields.items()}
BUILT_IN: Final = {"builtin", "default", "samples"}
"""Queues of Procrastinate's own tasks, and of tests."""


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


def instructions(path: Path) -> list[tuple[str, str]]:
    """Read a Dockerfile as pairs of instruction and argument."""
    text = re.sub(r"^#.*\n", "", path.read_text("utf-8"), flags=re.MULTILINE)
    lines = text.replace("\\\n", " ").splitlines()
    return [
        (line.split(maxsplit=1)[0], line.split(maxsplit=1)[1]) for line in lines if line.strip()
    ]


class TestYaml:
    @pytest.mark.parametrize("path", YAML, ids=relative)
    def test_is_well_written(self, path: Path) -> None:
        command = [
            sys.executable,
            "-m",
            "yamllint",
            "--strict",
            "-c",
            "deploy/yamllint.yaml",
            str(path),
        ]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout) == (0, "")


class TestDockerfiles:
    @pytest.mark.parametrize("path", DOCKERFILES, ids=relative)
    def test_pin_their_bases_to_a_release(self, path: Path) -> None:
        bases = [words.split()[0] for name, words in instructions(path) if name == "FROM"]
        assert bases
        assert [b for b in bases if not re.fullmatch(r"[a-z/]+:\d+\.\d+(\.\d+)?-[a-z-]+", b)] == []

    @pytest.mark.parametrize("path", DOCKERFILES, ids=relative)
    def test_do_not_run_as_root(self, path: Path) -> None:
        users = [words for name, words in instructions(path) if name == "USER"]
        assert users
        assert users[-1] not in {"root", "0", "0:0"}

    @pytest.mark.parametrize("path", DOCKERFILES, ids=relative)
    def test_hold_known_instructions_and_no_secret(self, path: Path) -> None:
        known = {"FROM", "ENV", "WORKDIR", "COPY", "RUN", "LABEL", "USER", "VOLUME", "EXPOSE"}
        known |= {"STOPSIGNAL", "ENTRYPOINT", "CMD"}
        found = instructions(path)
        assert {name for name, _ in found} <= known
        assert not any(re.search(r"(?i)password|secret|_key", words) for _, words in found)

    def test_copy_only_what_exists_and_is_let_in(self) -> None:
        ignored = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
        let_in = {line[1:] for line in ignored if line.startswith("!")}
        copied = [
            source
            for name, words in instructions(ROOT / "Dockerfile")
            if name == "COPY" and "--from" not in words
            for source in words.split()[:-1]
        ]
        assert len(copied) >= 4
        assert [source for source in copied if not (ROOT / source).exists()] == []
        assert set(copied) <= let_in

    def test_install_what_is_locked_with_hashes_and_nothing_else(self) -> None:
        runs = [words for name, words in instructions(ROOT / "Dockerfile") if name == "RUN"]
        installs = [
            part
            for words in runs
            for part in words.split("&&")
            if (" install " in part and "pip" in part) or " sync " in part
        ]
        assert len(installs) == 2
        assert all("--require-hashes" in part and "requirements/" in part for part in installs)

    def test_keep_their_several_stages_apart(self) -> None:
        stages = [words for name, words in instructions(ROOT / "Dockerfile") if name == "FROM"]
        assert len(stages) == 2
        assert stages[0].split()[1:] == ["AS", "build"]


class TestCompose:
    def test_has_every_process_in_both_profiles(self) -> None:
        both = {
            name for name in OURS if set(OURS[name]["profiles"]) == {"development", "production"}
        }
        workers = {name for name in OURS if name.startswith("worker-")}
        assert both == {"web", "callbacks", "realtime"} | workers
        assert SERVICES["sandbox"]["profiles"] == ["development"]
        for name in ("database", "pgbouncer", "proxy", "migrate"):
            assert set(SERVICES[name]["profiles"]) == {"development", "production"}

    def test_gives_commands_that_exist(self) -> None:
        for name, service in OURS.items():
            command, *arguments = service["command"]
            assert command in COMMANDS, name
            if arguments[:1] == ["--only"]:
                assert arguments[1] in set(Part)
        (on_start,) = SERVICES["migrate"]["command"]
        assert set(re.findall(r"[a-z]+", on_start.partition(":-")[2])) <= set(COMMANDS)

    def test_leaves_no_queue_without_a_worker_and_names_none_that_is_not_there(self) -> None:
        served = [
            queue
            for service in OURS.values()
            if service["command"][0] == "worker"
            for queue in service["command"][2].split(",")
        ]
        queues = {task.queue for task in jobs.APP.tasks.values()} - BUILT_IN
        declared = {name for name in queues if not name.endswith("tests")}  # other tests' own
        assert sorted(served) == sorted(declared)

    def test_sets_only_options_that_exist(self) -> None:
        names = {name for service in OURS.values() for name in service["environment"]}
        assert names <= OPTIONS | env_example.compose_names()

    def test_reads_only_variables_that_the_example_names(self) -> None:
        text = (ROOT / "compose.yaml").read_text("utf-8")
        read = set(re.findall(r"\$\{([A-Z_]+)", text))
        assert read
        assert read == env_example.compose_names()

    def test_migrates_before_anything_else_runs(self) -> None:
        for name, service in OURS.items():
            if name != "sandbox":
                wanted = {"condition": "service_completed_successfully"}
                assert service["depends_on"]["migrate"] == wanted, name

    def test_gives_the_owners_password_to_migrations_alone(self) -> None:
        for name, service in OURS.items():
            environment = service["environment"]
            assert environment["DATABASE_OWNER_PASSWORD"] == "", name
            assert environment["DATABASE_SUPERUSER_PASSWORD"] == "", name
            assert "DATABASE_OWNER_URL" not in environment, name
        assert "fondaco_owner" in SERVICES["migrate"]["environment"]["DATABASE_OWNER_URL"]

    def test_goes_past_the_pooler_where_it_listens(self) -> None:
        for name, service in OURS.items():
            if name != "sandbox":
                environment = service["environment"]
                assert "@database:5432" in environment["DATABASE_DIRECT_URL"], name
                is_pooled = "@pgbouncer:6432" in environment["DATABASE_URL"]
                assert is_pooled == (name in {"web", "callbacks"}), name

    def test_gives_nobody_more_rights_than_needed(self) -> None:
        for name, service in SERVICES.items():
            assert not service.get("privileged"), name
            assert ":latest" not in service["image"].replace("${IMAGE_TAG:-latest}", ""), name
        for service in OURS.values():
            assert service["cap_drop"] == ["ALL"]
            assert service["security_opt"] == ["no-new-privileges:true"]

    def test_lets_the_world_in_through_the_proxy_alone(self) -> None:
        open_to_all = {
            name
            for name, service in SERVICES.items()
            if any(not port.startswith("127.0.0.1:") for port in service.get("ports", []))
        }
        assert open_to_all == {"proxy"}
        assert COMPOSE["networks"]["inside"] == {"internal": True}

    def test_waits_longer_than_a_process_needs_to_finish(self) -> None:
        patience_s = int(Options.model_fields["shutdown_timeout_s"].default)
        for service in OURS.values():
            assert int(service["stop_grace_period"].removesuffix("s")) > patience_s

    def test_mounts_files_that_exist(self) -> None:
        mounted = [
            volume.split(":")[0]
            for service in SERVICES.values()
            for volume in service.get("volumes", [])
            if volume.startswith("./")
        ]
        assert len(mounted) >= 6
        assert [path for path in mounted if not (ROOT / path).is_file()] == []


class TestCaddyfile:
    TEXT: Final = (ROOT / "deploy/caddy/Caddyfile").read_text("utf-8")

    def test_leads_to_services_and_ports_that_exist(self) -> None:
        ports = {"realtime": "8001", "callbacks": "8000", "web": "8000"}
        assert dict(re.findall(r"reverse_proxy (\w+):(\d+)", self.TEXT)) == ports
        assert ports.keys() <= SERVICES.keys()

    def test_shows_nobody_the_inside(self) -> None:
        assert "@inside path /metrics /readyz" in self.TEXT
        assert "request_header -X-Tenant" in self.TEXT
        assert "request>headers>Authorization delete" in self.TEXT

    def test_is_balanced(self) -> None:
        assert self.TEXT.count("{\n") == len(re.findall(r"^\t*}$", self.TEXT, re.MULTILINE))


class TestPostgres:
    def test_settings_are_known_to_the_server(
        self, superuser_connection: "psycopg.Connection[Any]"
    ) -> None:
        text = (ROOT / "deploy/postgres/postgresql.conf").read_text("utf-8")
        wanted = dict(re.findall(r"^(\w+) = '?([^'\n]+)'?$", text, re.MULTILINE))
        assert len(wanted) >= 20
        rows = superuser_connection.execute("SELECT name, vartype, enumvals FROM pg_settings")
        known = {name.lower(): (kind, values) for name, kind, values in rows}
        assert set(wanted) <= set(known)
        for name, value in wanted.items():
            kind, values = known[name]
            assert kind != "bool" or value in {"on", "off"}, name
            assert kind != "enum" or value in values, name

    def test_keeps_what_was_acknowledged(self) -> None:
        text = (ROOT / "deploy/postgres/postgresql.conf").read_text("utf-8")
        assert {"fsync = on", "synchronous_commit = on", "full_page_writes = on"} <= set(
            text.splitlines()
        )

    @pytest.mark.parametrize("name", ["postgres/roles.sh", "pgbouncer/start.sh"])
    def test_scripts_are_shell(self, name: str) -> None:
        path = ROOT / "deploy" / name
        assert path.stat().st_mode & 0o111
        subprocess.run(["sh", "-n", str(path)], check=True)
