"""Everything that an operator may turn, read once from the environment.

The field's name is the variable's, in lower case. What each means stands beside it,
is printed by `frontdesk doctor --settings`, and is promised by docs/reference/contracts.md.
"""

from functools import cache
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from config import kinds
from config.home import Home
from domain.errors import Refusal


class Settings(BaseSettings):
    """The process's settings; a wrong one stops the process at its door."""

    model_config = SettingsConfigDict(
        frozen=True, env_ignore_empty=True, extra="ignore", hide_input_in_errors=True
    )

    # Where we are
    frontdesk_home: Path = Field(
        default=Path(".frontdesk"), description="where the embedded servers, keys and logs live"
    )
    frontdesk_env: Literal["sandbox", "test", "production"] = Field(
        default="sandbox", description="sandbox, test or production"
    )
    frontdesk_shared: Path | None = Field(
        default=None,
        description="folder with the vendors' descriptions and the evaluation data, for tests",
    )

    # The database
    database_url: kinds.PostgresUrl | None = Field(
        default=None,
        description="PostgreSQL 15 or later, as frontdesk_worker; unset: the embedded one",
    )
    migrate_database_url: kinds.PostgresUrl | None = Field(
        default=None, description="the owner's login, for migrate; unset: derived when embedded"
    )
    direct_database_url: kinds.PostgresUrl | None = Field(
        default=None, description="a connection past the pooler, for listen; unset: DATABASE_URL"
    )
    database_pooler: Literal["none", "transaction"] = Field(
        default="none", description="transaction: prepared statements are off"
    )

    # The broker
    redis_url: kinds.RedisUrl | None = Field(
        default=None,
        description="the broker: redis, rediss, redis+socket, sentinel; unset: embedded",
    )
    broker_url: kinds.BrokerUrl | None = Field(
        default=None, description="overrides REDIS_URL for another kind of broker (amqp)"
    )

    # Secrets of our own
    encryption_keys: kinds.KeyList | None = Field(
        default=None,
        description="id:base64key[,id:base64key], newest first; generated outside production",
    )

    # Doors
    public_url: kinds.WebUrl | None = Field(
        default=None, description="where vendors reach intake; unset: http://127.0.0.1:$INTAKE_PORT"
    )
    intake_port: kinds.Port = Field(default=8400, description="where intake listens")
    flower_port: kinds.Port = Field(
        default=5555, description="where Flower listens, on localhost only"
    )
    flower_basic_auth: kinds.Login | None = Field(
        default=None, description="user:password of Flower; generated outside production"
    )
    sandbox_port: kinds.Port = Field(default=8900, description="where the sandbox vendors listen")
    sandbox_url: kinds.WebUrl | None = Field(
        default=None,
        description="where the sandbox vendors answer; unset: started with demo and up",
    )

    # Caution
    send_only_to: kinds.RecipientList | None = Field(
        default=None, description="numbers and domains; anything else is held. Unset: everybody"
    )
    frontdesk_hold: kinds.Flag = Field(
        default=False, description="1: nothing that leaves the building is claimed"
    )
    webhooks_allow: kinds.PlaceList | None = Field(
        default=None,
        description="host:port[,host:port] that tenants' webhooks may reach although not public,"
        " and by http; not in production",
    )
    alert_email: kinds.EmailAddress | None = Field(
        default=None, description="where alerts go by mail"
    )
    alert_webhook: kinds.WebUrl | None = Field(default=None, description="where alerts are posted")

    # Language models
    ai_provider: Literal["openai", "openrouter", "local"] | None = Field(
        default=None, description="unset: openai with a key, else local"
    )
    openai_api_key: kinds.Secret | None = Field(default=None, description="OpenAI's key")
    openai_base_url: kinds.WebUrl | None = Field(default=None, description="OpenAI's address")
    openai_model: str | None = Field(default=None, description="the model that reads transcripts")
    openai_fallback_models: str | None = Field(
        default=None, description="tried in order, with commas"
    )
    openrouter_api_key: kinds.Secret | None = Field(default=None, description="OpenRouter's key")
    openrouter_base_url: kinds.WebUrl | None = Field(
        default=None, description="OpenRouter's address"
    )

    # Texts and mail
    twilio_account_sid: kinds.AccountSid | None = Field(
        default=None, description="Twilio's account"
    )
    twilio_auth_token: kinds.Secret | None = Field(default=None, description="Twilio's token")
    twilio_webhook_secret_previous: kinds.Secret | None = Field(
        default=None, description="the second secret while rotating"
    )
    twilio_from: kinds.SmsSender | None = Field(
        default=None, description="number or messaging service"
    )
    twilio_per_minute: kinds.Rate | None = Field(
        default=None, description="what the campaign of TWILIO_FROM may send a minute"
    )
    twilio_base_url: kinds.WebUrl | None = Field(default=None, description="Twilio's address")
    telnyx_api_key: kinds.Secret | None = Field(default=None, description="Telnyx's key")
    telnyx_from: kinds.TelnyxSender | None = Field(
        default=None, description="number or messaging profile that sends texts by Telnyx"
    )
    telnyx_per_minute: kinds.Rate | None = Field(
        default=None, description="what the campaign of TELNYX_FROM may send a minute"
    )
    telnyx_public_key: kinds.Secret | None = Field(
        default=None, description="checks Telnyx's notices"
    )
    telnyx_webhook_secret_previous: kinds.Secret | None = Field(
        default=None, description="the second secret while rotating"
    )
    telnyx_base_url: kinds.WebUrl | None = Field(default=None, description="Telnyx's address")
    resend_api_key: kinds.Secret | None = Field(default=None, description="Resend's key")
    resend_webhook_secret: kinds.Secret | None = Field(
        default=None, description="checks its notices"
    )
    resend_webhook_secret_previous: kinds.Secret | None = Field(
        default=None, description="the second secret while rotating"
    )
    resend_from: kinds.Sender | None = Field(default=None, description="sender of mail by Resend")
    resend_base_url: kinds.WebUrl | None = Field(default=None, description="Resend's address")
    smtp_url: kinds.SmtpUrl | None = Field(default=None, description="mail by SMTP")
    smtp_from: kinds.Sender | None = Field(default=None, description="sender of mail by SMTP")

    # Money
    stripe_api_key: kinds.Secret | None = Field(default=None, description="Stripe's key")
    stripe_webhook_secret: kinds.Secret | None = Field(
        default=None, description="checks its notices"
    )
    stripe_webhook_secret_previous: kinds.Secret | None = Field(
        default=None, description="the second secret while rotating"
    )
    stripe_base_url: kinds.WebUrl | None = Field(default=None, description="Stripe's address")

    # Calls
    vapi_api_key: kinds.Secret | None = Field(default=None, description="Vapi's key")
    vapi_webhook_secret: kinds.Secret | None = Field(default=None, description="checks its notices")
    vapi_webhook_secret_previous: kinds.Secret | None = Field(
        default=None, description="the second secret while rotating"
    )
    vapi_base_url: kinds.WebUrl | None = Field(default=None, description="Vapi's address")
    retell_api_key: kinds.Secret | None = Field(default=None, description="Retell's key")
    retell_webhook_secret_previous: kinds.Secret | None = Field(
        default=None, description="the second secret while rotating"
    )
    bland_webhook_secret: kinds.Secret | None = Field(
        default=None, description="checks Bland's notices"
    )
    bland_webhook_secret_previous: kinds.Secret | None = Field(
        default=None, description="the second secret while rotating"
    )
    retell_base_url: kinds.WebUrl | None = Field(default=None, description="Retell's address")

    # Calendars
    google_client_id: str | None = Field(default=None, description="Google's client")
    google_client_secret: kinds.Secret | None = Field(default=None, description="its secret")
    google_base_url: kinds.WebUrl | None = Field(default=None, description="Google's address")
    microsoft_client_id: str | None = Field(default=None, description="Microsoft's client")
    microsoft_client_secret: kinds.Secret | None = Field(default=None, description="its secret")
    microsoft_base_url: kinds.WebUrl | None = Field(default=None, description="Graph's address")
    microsoft_login_url: kinds.WebUrl | None = Field(default=None, description="Microsoft's log-in")

    @model_validator(mode="after")
    def _stay_out_of_production(self) -> Self:
        """Refuse production with anything that is only for trying things out."""
        if self.frontdesk_env != "production":
            return self
        missing = [
            name.upper()
            for name in ("database_url", "encryption_keys", "flower_basic_auth")
            if getattr(self, name) is None
        ]
        if self.redis_url is None and self.broker_url is None:
            missing.append("REDIS_URL")
        if missing:
            raise ValueError(f"FRONTDESK_ENV=production needs {', '.join(missing)}")
        if self.sandbox_url is not None:
            raise ValueError("FRONTDESK_ENV=production does not go with SANDBOX_URL")
        if self.webhooks_allow is not None:
            raise ValueError("FRONTDESK_ENV=production does not go with WEBHOOKS_ALLOW")
        return self

    @property
    def home(self) -> Home:
        """The folder with the embedded servers, keys and logs."""
        return Home(self.frontdesk_home.expanduser().absolute())

    @property
    def is_embedded(self) -> bool:
        """Whether a server of our own is needed."""
        return self.database_url is None or (self.redis_url is None and self.broker_url is None)

    @property
    def worker_database(self) -> str:
        """How workers reach the database, as frontdesk_worker."""
        return _reach(self.database_url) or self.home.database_url("frontdesk_worker")

    @property
    def owner_database(self) -> str | None:
        """How `migrate` reaches the database; None where nobody said."""
        if self.migrate_database_url is None and self.database_url is None:
            return self.home.database_url("postgres")
        return _reach(self.migrate_database_url)

    @property
    def direct_database(self) -> str:
        """How `listen` reaches the database, past a pooler."""
        return _reach(self.direct_database_url) or self.worker_database

    @property
    def public_address(self) -> str:
        """Where vendors reach intake, without a slash behind it."""
        return (self.public_url or f"http://127.0.0.1:{self.intake_port}").rstrip("/")

    @property
    def broker(self) -> str:
        """How Celery reaches its broker."""
        given = self.broker_url or self.redis_url
        return given.get_secret_value() if given else self.home.broker_url


def _reach(url: kinds.SecretStr | None) -> str | None:
    """Return the address as SQLAlchemy wants it: with psycopg 3 named."""
    if url is None:
        return None
    return "postgresql+psycopg://" + url.get_secret_value().split("://", 1)[1]


def _sentence(error: ValidationError) -> str:
    """Tell the first thing that is wrong, by its variable's name, never by its value."""
    first = error.errors(include_input=False, include_url=False)[0]
    reason = first["msg"].removeprefix("Value error, ")
    if not first["loc"]:
        return reason + "."
    if first["type"] == "literal_error":
        reason = f"must be {first.get('ctx', {})['expected'].replace(chr(39), '')}"
    name = str(first["loc"][0]).upper()
    return f"{name} {reason}. Run `frontdesk doctor --settings` for all of them."


@cache
def settings() -> Settings:
    """Return the settings of this process, or refuse with one sentence."""
    try:
        return Settings()  # read from the environment
    except ValidationError as error:
        raise Refusal(_sentence(error)) from None
