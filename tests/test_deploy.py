"""deploy/ and render.yaml are held to the code: what they name exists, and what they start comes up."""

import os
import re
import shlex
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import pytest
import requests
from granian.http import HTTP1Settings

from communications import readiness
from pyfactor import local

yaml = pytest.importorskip("yaml", reason="PyYAML is absent: pip install -r requirements-dev.txt")

ROOT = Path(__file__).parent.parent
DOCKERFILE = (ROOT / "deploy/Dockerfile").read_text()
COMPOSE = yaml.safe_load((ROOT / "deploy/compose.yaml").read_text())
RENDER = yaml.safe_load((ROOT / "render.yaml").read_text())
CONFIGURATION = (ROOT / "docs/configuration.md").read_text()

OURS = {name: service for name, service in COMPOSE["services"].items() if "build" in service}
ON_RENDER = {service["name"].removeprefix("dott-"): service for service in RENDER["services"] if "runtime" in service}
WEB = yaml.safe_load(re.search(r"^CMD (\[.*\])", DOCKERFILE, re.MULTILINE)[1])


def command_of(service):
    return service.get("command", WEB)


def variables_of(service):
    """The names in a service of Render's, those of its groups included."""
    groups = {group["name"]: group["envVars"] for group in RENDER["envVarGroups"]}
    entries = [entry for each in service["envVars"] for entry in groups.get(each.get("fromGroup"), [each])]
    return {entry["key"] for entry in entries}


def test_processes_of_both_are_the_same():
    assert set(OURS) - {"migrate"} == set(ON_RENDER) == {"web", "ingest", "worker", "sender", "beat"}


@pytest.mark.parametrize("name", sorted(ON_RENDER))
def test_commands_of_both_are_the_same(name):
    on_render = ON_RENDER[name].get("dockerCommand")

    assert (shlex.split(on_render) if on_render else WEB) == command_of(OURS[name])


def test_migrations_run_before_everything_else():
    assert ON_RENDER["web"]["preDeployCommand"] == shlex.join(OURS["migrate"]["command"])
    assert {service["depends_on"]["migrate"]["condition"] for name, service in OURS.items() if name != "migrate"} == {
        "service_completed_successfully"
    }


@pytest.mark.parametrize("name", sorted({*COMPOSE["x-app"]["environment"], *map(str, variables_of(ON_RENDER["web"]))}))
def test_every_variable_is_documented(name):
    assert name == "PORT" or f"### {name}\n" in CONFIGURATION


@pytest.mark.parametrize("name", sorted(ON_RENDER))
def test_services_on_render_take_from_each_other_what_exists(name):
    web = variables_of(ON_RENDER["web"])
    for entry in ON_RENDER[name]["envVars"]:
        if "fromDatabase" in entry:
            assert entry["fromDatabase"]["name"] in {database["name"] for database in RENDER["databases"]}
        if "fromService" in entry:
            [source] = [each for each in RENDER["services"] if each["name"] == entry["fromService"]["name"]]
            assert source["type"] == entry["fromService"]["type"]
            assert entry["fromService"].get("envVarKey", "REDIS_URL") in web


def test_fields_on_render_are_those_of_its_reference():
    """https://render.com/docs/blueprint-spec"""
    everywhere = {
        "type", "name", "runtime", "plan", "dockerfilePath", "dockerContext", "dockerCommand", "preDeployCommand",
        "maxShutdownDelaySeconds", "healthCheckPath", "envVars",
    }  # fmt: skip

    for service in ON_RENDER.values():
        assert set(service) <= everywhere
        assert service["type"] in {"web", "worker"}
        # Only web services are asked.
        assert ("healthCheckPath" in service) == (service["type"] == "web")
        assert (ROOT / service["dockerfilePath"]).exists()
    [store] = [service for service in RENDER["services"] if service["type"] == "keyvalue"]
    assert store["ipAllowList"] == RENDER["databases"][0]["ipAllowList"] == []
    # Groups hold values only.
    assert all(set(entry) <= {"key", "value", "generateValue"} for entry in RENDER["envVarGroups"][0]["envVars"])


def test_secrets_are_in_none_of_them():
    given = [entry for service in ON_RENDER.values() for entry in service["envVars"] if "value" in entry]

    assert given == []
    assert all(
        str(value).startswith("${") or value == ""
        for service in OURS.values()
        for name, value in service["environment"].items()
        if re.search("SECRET|TOKEN|PASSWORD", name)
    )


@pytest.mark.parametrize("name", sorted(OURS))
def test_what_is_set_for_one_server_reaches_each_process(name):
    assert (ROOT / "deploy" / OURS[name]["env_file"]).resolve() == ROOT / ".env"


def test_door_for_webhooks_is_given_no_access_token():
    assert OURS["ingest"]["environment"]["WHATSAPP_ACCESS_TOKEN"] == ""


def test_compose_file_is_valid():
    schemas = pytest.importorskip("check_jsonschema.builtin_schemas", reason="check-jsonschema is absent")
    validators = pytest.importorskip("jsonschema")

    validators.validate(COMPOSE, schemas.get_builtin_schema("vendor.compose-spec"))


def test_image_copies_what_exists_and_what_runs():
    copied = re.findall(r"^COPY (?!--from)(\S+)", DOCKERFILE, re.MULTILINE)
    let_in = re.findall(r"^!(.+)", (ROOT / "deploy/Dockerfile.dockerignore").read_text(), re.MULTILINE)

    assert all((ROOT / name).exists() for name in copied)
    assert sorted(copied) == sorted(let_in)


def test_image_takes_only_what_runs_with_its_hashes_and_runs_as_nobody_special():
    assert "COPY deploy/requirements.txt /" in DOCKERFILE
    assert "--only-binary :all: --require-hashes" in DOCKERFILE
    assert re.search(r"^USER [1-9]\d*$", DOCKERFILE, re.MULTILINE)


def test_health_is_asked_where_it_is_told():
    asked = re.search(r"HEALTHCHECK .*?'http://127\.0\.0\.1:8000(/\w+)'", DOCKERFILE, re.DOTALL)

    assert asked[1] in readiness.PATHS
    assert {service["healthCheckPath"] for service in ON_RENDER.values() if service["type"] == "web"} <= set(
        readiness.PATHS
    )


def test_what_processes_count_is_in_one_place_and_prometheus_may_ask_for_it():
    assert {service["environment"]["PROMETHEUS_MULTIPROC_DIR"] for service in OURS.values()} == {"/metrics"}
    assert [name for name, service in OURS.items() if "metrics:/metrics" not in service["volumes"]] == []
    assert COMPOSE["x-app"]["environment"]["ALLOWED_HOSTS"].endswith(",web")


def test_proxy_sends_webhooks_to_ingest_and_shows_nobody_the_metrics():
    rules = " ".join(COMPOSE["configs"]["caddyfile"]["content"].split())

    assert "handle /api/webhooks/whatsapp/* { reverse_proxy ingest:8000 { import shorter } }" in rules
    assert "handle /metrics { respond 404 }" in rules
    assert "handle { reverse_proxy web:8000 { import shorter } }" in rules


def test_proxy_lets_go_of_a_connection_before_granian_does():
    seconds = int(re.search(r"keepalive (\d+)s", COMPOSE["configs"]["caddyfile"]["content"])[1])

    assert seconds < HTTP1Settings.header_read_timeout / 1000


@pytest.mark.postgres
@pytest.mark.redis
def test_everything_that_is_started_comes_up(tmp_path, redis_url):
    """Each command of the compose file with its own environment, all at once."""
    ports = {"web": local.free_port(), "ingest": local.free_port()}
    place = {
        "DATABASE_URL": f"sqlite:///{tmp_path / 'db.sqlite3'}",
        "REDIS_URL": redis_url,
        "PROMETHEUS_MULTIPROC_DIR": str(tmp_path / "metrics"),
    }
    given = {"SECRET_KEY": "".join(map(chr, range(48, 112))), "HOST": "127.0.0.1"}
    signs = {"worker": "worker@", "sender": "sender@", "beat": "beat: Starting"}

    def start(name):
        environment = {
            key: re.sub(r"\$\{(\w+)[^}]*\}", lambda found: given.get(found[1], ""), str(value))
            for key, value in OURS[name]["environment"].items()
        }
        program, *arguments = command_of(OURS[name])
        arguments = [str(ports[name]) if argument == "8000" else argument for argument in arguments]
        module = arguments[:1] if program == "python" else ["-m", program]
        arguments = arguments[1:] if program == "python" else arguments
        log = tmp_path / f"{name}.log"
        command = (sys.executable, *module, *arguments)
        bare = {"PATH": os.environ["PATH"], **environment, **place}
        return log, stack.enter_context(local.command(*command, environment=bare, log=log))

    with ExitStack() as stack:
        log, migrate = start("migrate")
        assert migrate.wait(timeout=60) == 0, log.read_text()
        started = {name: start(name) for name in ("web", "ingest", *signs)}
        for name, port in ports.items():
            local.wait_until_it_answers(f"http://127.0.0.1:{port}/healthz", started[name][1], started[name][0])
        deadline = time.monotonic() + 40
        while not all(sign in started[name][0].read_text() for name, sign in signs.items()):
            assert time.monotonic() < deadline, {name: log.read_text() for name, (log, _process) in started.items()}
            time.sleep(0.1)
        answer = requests.get(
            f"http://127.0.0.1:{ports['web']}/api/invitations/", headers={"X-Forwarded-Proto": "https"}, timeout=10
        )
        metrics = requests.get(f"http://127.0.0.1:{ports['web']}/metrics", headers={"Host": "web"}, timeout=10)
        ready = {name: requests.get(f"http://127.0.0.1:{port}/readyz", timeout=10) for name, port in ports.items()}

        assert answer.status_code == 401
        assert "whatsapp_database_up 1.0" in metrics.text
        # Each of them counts there, whatever it does; two of web, one of ingest, and what Celery starts.
        assert len(list((tmp_path / "metrics").glob("counter_*.db"))) >= 5
        assert [response.status_code for response in ready.values()] == [200, 200], ready["web"].text
        assert [name for name, (_log, process) in started.items() if process.poll() is not None] == []
