"""A wrong setting is told in one sentence, by its name, and never repeated."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from config.settings import Settings, settings
from domain.errors import Refusal

ROOT = Path(__file__).parents[2]
CANARY = "canary-value with blanks"

WRONG: Mapping[str, str] = {
    "FRONTDESK_ENV": "staging",
    "DATABASE_POOLER": "session",
    "AI_PROVIDER": "oracle",
    "FRONTDESK_HOLD": "perhaps",
    "INTAKE_PORT": "40000",
    "FLOWER_PORT": "0",
    "SANDBOX_PORT": "http",
    "FLOWER_BASIC_AUTH": "admin:short",
    "ENCRYPTION_KEYS": "k1:notbase64!",
    "SEND_ONLY_TO": "+1555,someone",
    "TWILIO_FROM": "555-0100",
    "TWILIO_PER_MINUTE": "0",
    "TELNYX_PER_MINUTE": "1e3",
    "TWILIO_ACCOUNT_SID": "AC123",
    "ALERT_EMAIL": "nobody",
    "RESEND_FROM": "Front Desk <>",
    "SMTP_FROM": "nobody",
}
FREE_TEXT = {
    "FRONTDESK_HOME",
    "FRONTDESK_SHARED",
    "OPENAI_MODEL",
    "OPENAI_FALLBACK_MODELS",
    "GOOGLE_CLIENT_ID",
    "MICROSOFT_CLIENT_ID",
}
VARIABLES = sorted(name.upper() for name in Settings.model_fields)


def run(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "workers", *words],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "COLUMNS": "200", **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("name", [name for name in VARIABLES if name not in FREE_TEXT])
def test_a_wrong_value_is_told_by_its_name_and_not_repeated(name: str) -> None:
    value = WRONG.get(name, f" {CANARY} ")

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(name, value)
        with pytest.raises(Refusal) as told:
            settings.__wrapped__()

    assert str(told.value).startswith(f"{name} must be")
    assert value.strip() not in str(told.value)
    assert "\n" not in str(told.value)


def test_the_command_line_tells_it_without_a_traceback(tmp_path: Path) -> None:
    done = run("status", FRONTDESK_HOME=str(tmp_path), REDIS_URL="http://nowhere")

    assert done.returncode == 2
    assert done.stderr.startswith("frontdesk: REDIS_URL must be a Redis address")
    assert len(done.stderr.splitlines()) == 1


def test_production_says_everything_that_it_misses(tmp_path: Path) -> None:
    done = run("worker", FRONTDESK_HOME=str(tmp_path), FRONTDESK_ENV="production")

    assert done.returncode == 2
    for name in ("DATABASE_URL", "ENCRYPTION_KEYS", "FLOWER_BASIC_AUTH", "REDIS_URL"):
        assert name in done.stderr


def test_production_delivers_webhooks_to_public_places_only(tmp_path: Path) -> None:
    given = {
        "FRONTDESK_HOME": str(tmp_path),
        "FRONTDESK_ENV": "production",
        "DATABASE_URL": "postgresql://db/frontdesk",
        "REDIS_URL": "redis://broker",
        "ENCRYPTION_KEYS": "a:" + "A" * 43 + "=",
        "FLOWER_BASIC_AUTH": "someone:password",
    }

    done = run("status", **given, WEBHOOKS_ALLOW="127.0.0.1:8900")

    assert done.returncode == 2
    assert "WEBHOOKS_ALLOW" in done.stderr


def test_every_variable_is_listed_and_no_secret_is_shown(tmp_path: Path) -> None:
    secret = "sk-canary-0123456789"

    done = run(
        "doctor", "--settings", "--json", FRONTDESK_HOME=str(tmp_path), OPENAI_API_KEY=secret
    )

    assert done.returncode == 0
    for name in VARIABLES:
        assert f'"{name}"' in done.stdout
    assert secret not in done.stdout


def test_a_wrong_command_is_usage(tmp_path: Path) -> None:
    assert run("nonsense", FRONTDESK_HOME=str(tmp_path)).returncode == 2
