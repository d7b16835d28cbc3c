"""What is shipped to run Frontdesk elsewhere names only what there is, and opens no door."""

import json
import re
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
import typer.main
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from config.settings import Settings
from domain.work import causes
from tests.architecture.source import ROOT
from workers.cli.everything import app

DEPLOY = ROOT / "deploy"
COMMANDS: dict[str, Any] = typer.main.get_command(app).commands  # pyright: ignore[reportAttributeAccessIssue]
VARIABLES = {name.upper() for name in Settings.model_fields}
FILES = sorted(path for path in DEPLOY.rglob("*.yml"))
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yml").read_text())
OURS = {
    name: service
    for name, service in COMPOSE["services"].items()
    if service["image"] == "frontdesk"
}
RULES = [
    rule
    for group in yaml.safe_load((DEPLOY / "prometheus/alerts.yml").read_text())["groups"]
    for rule in group["rules"]
]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(DEPLOY)))
def test_every_file_can_be_read(path: Path) -> None:
    assert yaml.safe_load(path.read_text())


@pytest.mark.parametrize("name", sorted(OURS))
def test_every_service_runs_a_command_with_options_that_there_are(name: str) -> None:
    command, *options = OURS[name]["command"]
    known = {word for param in COMMANDS[command].params for word in param.opts}

    assert {word for word in options if word.startswith("--")} <= known


def test_everything_that_runs_on_is_a_service() -> None:
    assert {"worker", "beat", "listen", "intake", "flower", "metrics", "migrate"} == set(OURS)


@pytest.mark.parametrize("name", sorted(OURS))
def test_a_service_is_given_only_variables_that_we_know_and_may_do_little(name: str) -> None:
    service = OURS[name]

    assert set(service["environment"]) <= VARIABLES
    assert service["read_only"]
    assert service["cap_drop"] == ["ALL"]
    assert service["depends_on"]


@pytest.mark.parametrize("name", sorted(COMPOSE["services"]))
def test_no_door_is_open_to_the_world(name: str) -> None:
    service = COMPOSE["services"][name]

    assert [port for port in service.get("ports", []) if not port.startswith("127.0.0.1:")] == []
    assert service.get("network_mode") != "host"
    assert not service.get("privileged")


def test_nothing_that_is_asked_of_compose_stands_in_it() -> None:
    page = (DEPLOY / "compose.yml").read_text()

    for word in re.findall(r"\$\{(\w+)(.*?)\}", page):
        assert word[1].startswith(":?"), f"{word[0]} has a default"


def test_the_example_of_an_environment_names_variables_and_no_secret() -> None:
    lines = (DEPLOY / "frontdesk.env.example").read_text().splitlines()
    given = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))

    assert set(given) <= VARIABLES
    assert {name for name, value in given.items() if value} == {"FRONTDESK_ENV", "FRONTDESK_HOLD"}
    missing = {"ENCRYPTION_KEYS", "FLOWER_BASIC_AUTH", "PUBLIC_URL"} - set(given)
    assert missing == set()


def test_the_image_is_nobodys_root_and_has_wheels_by_their_hashes() -> None:
    lines = (DEPLOY / "Dockerfile").read_text().splitlines()
    words = "\n".join(lines)
    last = words[words.rindex("FROM ") :]

    assert re.search(r"^USER \d+$", last, re.MULTILINE)
    assert "--require-hashes" in words
    assert "--only-binary :all:" in words
    assert not re.search(r"^(ADD|EXPOSE) ", words, re.MULTILINE)
    assert not re.search(r"(:latest|curl|apt-get|sudo|chmod 777)", words)
    for image in re.findall(r"^FROM (\S+)", words, re.MULTILINE):
        assert ":" in image, f"{image} names no version"
    for source in re.findall(r"^COPY (?!--from)(.+) \S+$", words, re.MULTILINE):
        for each in source.split():
            assert (ROOT / each).exists(), each
            assert f"!{each}" in (ROOT / ".dockerignore").read_text().splitlines()
    assert re.search(r'^ENTRYPOINT \["', words, re.MULTILINE)


def blocks(name: str) -> dict[str, str]:
    """Return a lock's entries, hashes and all, by their project."""
    parts = re.split(r"(?m)^(?=[a-z0-9])", (ROOT / name).read_text())
    return {canonicalize_name(re.split(r"[=\[ ]", part)[0]): part for part in parts if part.strip()}


def needed(requirement: str, found: set[tuple[str, tuple[str, ...]]]) -> None:
    """Add what a requirement brings along, on this machine."""
    wanted = Requirement(requirement)
    key = (canonicalize_name(wanted.name), tuple(sorted(wanted.extras)))
    if key in found:
        return
    found.add(key)
    for line in metadata.requires(wanted.name) or ():
        each = Requirement(line)
        asked = [{"extra": extra} for extra in ("", *wanted.extras)]
        if each.marker is None or any(each.marker.evaluate(one) for one in asked):
            needed(f"{each.name}[{','.join(each.extras)}]", found)


def test_the_bill_of_materials_is_the_locks() -> None:
    made = subprocess.run(
        [sys.executable, ROOT / "deploy" / "sbom.py"], capture_output=True, text=True, check=True
    ).stdout
    stands = (ROOT / "requirements.cdx.json").read_text()
    parts = json.loads(stands)["components"]

    assert made == stands, "run `make sbom`"
    whole, image = blocks("requirements.lock"), blocks("requirements.production.lock")
    assert [one["name"] for one in parts] == list(whole)
    assert {one["name"] for one in parts if one["scope"] == "required"} == set(image)
    assert all(f"{one['name']}=={one['version']}" in whole[one["name"]] for one in parts)
    assert "://" not in stands


def test_the_lock_of_the_image_is_what_we_need_of_the_whole_one() -> None:
    found: set[tuple[str, tuple[str, ...]]] = set()
    for line in metadata.requires("frontdesk") or ():
        if "extra ==" not in line:
            needed(line, found)
    whole, image = blocks("requirements.lock"), blocks("requirements.production.lock")

    assert set(image) == {name for name, _ in found}
    assert image == {name: whole[name] for name in image}, "run `make lock`"


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_every_rule_says_how_grave_it_is_and_where_to_read(rule: dict[str, Any]) -> None:
    words = re.findall(r"^##+ (.+)$", (ROOT / causes.RUNBOOK).read_text(), re.MULTILINE)
    known = {re.sub(r"[^\w\- ]", "", word.lower()).replace(" ", "-") for word in words}
    page, _, heading = rule["annotations"]["runbook"].partition("#")

    assert rule["labels"]["severity"] in {"warning", "critical"}
    assert rule["annotations"]["summary"].endswith((".", "?"))
    assert page == causes.RUNBOOK
    assert not heading or heading in known
    assert rule["expr"].count("(") == rule["expr"].count(")")


def test_no_two_rules_have_one_name() -> None:
    names = [rule["alert"] for rule in RULES]

    assert len(names) == len(set(names))


HERE_ONLY = re.compile(r"^(User|WorkingDirectory|EnvironmentFile)=.*\n", re.MULTILINE)
"""What a host must have that runs it, and this one has not."""

UNITS = sorted((DEPLOY / "systemd").iterdir())


def test_the_target_starts_every_process_by_its_command() -> None:
    target = (DEPLOY / "systemd/frontdesk.target").read_text()

    assert set(re.findall(r"frontdesk@(\w+)\.service", target)) == set(OURS) - {"migrate"}
    assert set(re.findall(r"frontdesk@(\w+)\.service", target)) <= set(COMMANDS)


def test_systemd_takes_the_units(tmp_path: Path) -> None:
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("systemd-analyze is not installed: the units were not verified.")
    for unit in UNITS:
        words = HERE_ONLY.sub("", unit.read_text())
        words = re.sub(r"/opt/frontdesk/src/\.venv/bin/frontdesk", "/bin/true", words)
        (tmp_path / unit.name).write_text(words)
    names = ["frontdesk@worker.service", "frontdesk-migrate.service", "frontdesk.target"]

    done = subprocess.run(
        [program, "verify", "--man=no", *(str(tmp_path / name) for name in names)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={"PATH": "/usr/bin:/bin", "SYSTEMD_UNIT_PATH": f"{tmp_path}:"},
    )

    ours = [line for line in done.stderr.splitlines() if "frontdesk" in line]
    assert ours == []


@pytest.mark.parametrize("unit", [unit for unit in UNITS if unit.suffix == ".service"], ids=str)
def test_a_unit_may_do_little_and_stops_gracefully(unit: Path) -> None:
    words = unit.read_text()

    assert "User=frontdesk" in words
    assert "NoNewPrivileges=yes" in words
    assert "ProtectSystem=strict" in words
    if "@" in unit.name:
        assert "KillMode=mixed" in words  # the supervisor ends its children, and nobody else does
        assert int(re.findall(r"TimeoutStopSec=(\d+)", words)[0]) > 30
