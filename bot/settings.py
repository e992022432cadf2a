"""Every option, typed and read once. Names are those of the environment, in lower case.

`docs/configuration.md` is generated from the descriptions here; see `bot/settings_page.py`.
"""

import re
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from redis.asyncio.connection import parse_url

from storage.database import normalise_url

SLACK_TOKENS = "api.slack.com/apps → your app"
GORGIAS_KEYS = "Gorgias → Settings → REST API"


class SettingsProblem(Exception):  # noqa: N818 - it is told to a person, not debugged
    """One sentence that names the variable and where to get its value, never the value."""


def _split(value: object) -> object:
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value


def _matching(pattern: str, rule: str) -> AfterValidator:
    def check(value: str) -> str:
        if value and not re.fullmatch(pattern, value):
            raise ValueError(rule)
        return value

    return AfterValidator(check)


def _emoji(names: tuple[str, ...]) -> tuple[str, ...]:
    plain = tuple(name.strip(":").lower() for name in names)
    if not plain or not all(re.fullmatch(r"[\w+'-]+", name) for name in plain):
        raise ValueError("must be plain emoji names separated by commas, such as ticket,eyes")
    return plain


def _http_url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("must be an address that starts with https:// or http://")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError("must hold only a scheme, a host, a port and a path")
    return value.rstrip("/")


def _shop(value: str) -> str:
    if "://" in value:
        return _http_url(value)
    if value and not re.fullmatch(r"[a-z0-9][a-z0-9-]*(\.myshopify\.com)?", value.lower()):
        raise ValueError("must be a host name such as acme.myshopify.com")
    return f"https://{value.lower().removesuffix('.myshopify.com')}.myshopify.com" if value else ""


def _slack_user(names: tuple[str, ...]) -> tuple[str, ...]:
    if not all(re.fullmatch(r"[UW][A-Z0-9]+", name) for name in names):
        raise ValueError("must be Slack member ids separated by commas, such as U012AB3CD")
    return names


def _networks(values: tuple[str, ...]) -> tuple[str, ...]:
    for value in values:
        try:
            ip_network(value, strict=False)
        except ValueError as error:
            raise ValueError("must be addresses or networks such as 10.0.0.0/8") from error
    return values


def _origins(values: tuple[str, ...]) -> tuple[str, ...]:
    for value in values:
        parts = urlsplit(value)
        if value != f"{parts.scheme}://{parts.netloc}" or parts.scheme not in {"http", "https"}:
            raise ValueError("must be origins such as https://desk.example.com, without a path")
    return values


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError("must be a time zone such as Europe/London") from error
    return value


def _database(value: str) -> str:
    try:
        return normalise_url(value)
    except ValueError as error:
        raise ValueError("must start with sqlite:///, postgres:// or postgresql://") from error


def _redis(value: str) -> str:
    if not value.startswith(("redis://", "rediss://", "unix://")):
        raise ValueError("must start with redis://, rediss:// or unix://")
    try:
        parse_url(value)
    except ValueError as error:
        raise ValueError("must be an address such as redis://localhost:6379/0") from error
    return value


def _upper(value: object) -> object:
    return value.upper() if isinstance(value, str) else value


Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)]
Emoji = Annotated[Names, AfterValidator(_emoji)]
Networks = Annotated[Names, AfterValidator(_networks)]
Origins = Annotated[Names, AfterValidator(_origins)]
SlackUsers = Annotated[Names, AfterValidator(_slack_user)]
HttpUrl = Annotated[str, AfterValidator(_http_url)]
SlackUrl = Annotated[HttpUrl, AfterValidator(lambda value: f"{value}/")]
GorgiasUrl = Annotated[HttpUrl, AfterValidator(lambda value: value.removesuffix("/api"))]
KlaviyoUrl = Annotated[HttpUrl, AfterValidator(lambda value: value.removesuffix("/api"))]
ShopUrl = Annotated[str, AfterValidator(_shop)]
TimeZone = Annotated[str, AfterValidator(_zone)]
DatabaseUrl = Annotated[str, AfterValidator(_database)]
RedisUrl = Annotated[str, AfterValidator(_redis)]
LogLevel = Annotated[
    Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"],
    BeforeValidator(_upper),
]
Currency = Annotated[str, _matching(r"[A-Z]{3}", "must be three capital letters such as GBP")]
Country = Annotated[str, _matching(r"[A-Z]{2}", "must be two capital letters such as GB")]
UserGroup = Annotated[str, _matching(r"S[A-Z0-9]+", "must be a user group id such as S012AB3CD")]

NO_SECRET = SecretStr("")


def option(default: Any, description: str, **rules: Any) -> Any:  # noqa: ANN401 - as Field()
    """Return a field whose description ends up in the docs; `rules` are pydantic's."""
    return Field(default=default, description=description, validate_default=False, **rules)


class Settings(BaseSettings):
    """The environment, and beneath it `.env`. An empty value counts as not set."""

    model_config = SettingsConfigDict(
        env_file=".env",
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
    )

    # Slack
    slack_bot_token: SecretStr = option(
        NO_SECRET,
        f"Bot User OAuth Token (xoxb-…) from {SLACK_TOKENS} → OAuth & Permissions.",
    )
    slack_app_token: SecretStr = option(
        NO_SECRET,
        "App-Level Token (xapp-…) with the scope connections:write from "
        f"{SLACK_TOKENS} → Basic Information → App-Level Tokens.",
    )
    slack_api_url: SlackUrl = option(
        "https://slack.com/api/",
        "Slack's Web API. Change it only for a playground or a proxy.",
    )
    slack_sockets: int = option(2, "Socket Mode connections this process holds.", ge=1, le=10)
    slack_posts_per_second: float = option(
        1.0,
        "Posts a second to one channel. Slack allows about one.",
        gt=0,
    )
    ticket_emoji: Emoji = option(
        ("ticket", "admission_tickets"),
        "Reactions that file a message as a ticket.",
    )
    resolve_emoji: Emoji = option(
        ("white_check_mark",),
        "Reactions that resolve the ticket of a message.",
    )
    claim_emoji: Emoji = option(("eyes",), "Reactions that assign the ticket to who reacted.")
    agent_user_group: UserGroup = option(
        "",
        "Slack user group id (S…) whose members are agents; empty: every full member is one.",
    )
    admin_users: SlackUsers = option(
        (),
        "Slack member ids (U…) who are admins of Regulars beside the workspace admins.",
    )

    # Gorgias
    gorgias_base_url: GorgiasUrl = option(
        "",
        f"Address of your helpdesk, such as https://acme.gorgias.com, from {GORGIAS_KEYS}.",
    )
    gorgias_username: str = option(
        "",
        f"E-mail address of the Gorgias user whose API key it is, from {GORGIAS_KEYS}.",
    )
    gorgias_api_key: SecretStr = option(NO_SECRET, f"API key from {GORGIAS_KEYS}.")
    gorgias_webhook_secret: SecretStr = option(
        NO_SECRET,
        "Secret that Gorgias sends as X-Webhook-Secret; choose one and enter it there.",
    )
    gorgias_calls_per_second: float = option(
        1.75,
        "Calls a second to Gorgias, all replicas together.",
        gt=0,
    )
    gorgias_call_burst: int = option(5, "Calls to Gorgias that may go out at once.", ge=1)
    gorgias_timeout_seconds: float = option(10.0, "How long one call to Gorgias may take.", gt=0)
    gorgias_settle_seconds: float = option(
        30.0,
        "Wait before looking for a ticket whose creation was not answered in time.",
        ge=0,
    )
    gorgias_settle_short_seconds: float = option(
        3.0,
        "The same wait after a server error or a cut connection.",
        ge=0,
    )
    gorgias_poll_seconds: float = option(
        10.0,
        "How often to ask Gorgias what changed: replies and states reach Slack that much later.",
        ge=1,
        le=3600,
    )
    edit_note_seconds: float = option(
        60.0,
        "Edits of a message within this time are told to Gorgias as one note.",
        ge=1,
        le=3600,
    )
    ticket_tags: Names = option(("slack",), "Tags of every ticket that comes from Slack.")

    # The shop
    shop_currency: Currency = option("USD", "Currency of the shop's figures.")
    shop_time_zone: TimeZone = option("UTC", "Zone in which the shop's days begin and end.")
    shop_country: Country = option(
        "US",
        "Country of the shop: holidays, and phone numbers written without a prefix.",
    )
    campaign_alone_up_to: int = option(
        500,
        "Campaigns for more customers than this need a second person: one plans, another, an "
        "admin, approves.",
        ge=0,
    )
    internal_email_domains: Names = option(
        (),
        "E-mail domains of your own people, who are left out of campaigns, with commas.",
    )
    shopify_shop: ShopUrl = option(
        "",
        "Shopify's own host name of the shop, acme.myshopify.com; or an address with http(s)://.",
    )
    shopify_access_token: SecretStr = option(
        NO_SECRET,
        "Admin API access token of a custom app; with the scope write_customers it can tag the "
        "customers of a campaign.",
    )
    shopify_api_version: str = option("2026-10", "Version of Shopify's Admin API.")
    shopify_webhook_secret: SecretStr = option(NO_SECRET, "Signing secret of Shopify's webhooks.")
    klaviyo_api_key: SecretStr = option(
        NO_SECRET,
        "Private API key of Klaviyo with full access to lists and profiles, to fill lists from "
        "campaigns.",
    )
    klaviyo_api_url: KlaviyoUrl = option(
        "https://a.klaviyo.com",
        "Klaviyo's API. Change it only for a playground or a proxy.",
    )
    klaviyo_batch_profiles: int = option(
        10_000,
        "Profiles in one bulk import; Klaviyo takes 10,000.",
        ge=1,
        le=10_000,
    )

    # Storage and work
    data_dir: Path = option(Path("data"), "Folder of the SQLite file and everything else we keep.")
    database_url: DatabaseUrl = option(
        "",
        "sqlite:///… or postgresql://…; empty: regulars.db in DATA_DIR.",
        repr=False,
    )
    database_pool_size: int = option(
        10, "Database connections for people's requests, and as many for jobs.", ge=1, le=1000
    )
    database_intake_pool_size: int = option(
        4,
        "Database connections that only acknowledge to Slack; on SQLite always one.",
        ge=1,
        le=100,
    )
    database_pool_wait_seconds: float = option(
        1.0, "How long to wait for a free connection before saying so.", gt=0, le=2
    )
    database_statement_seconds: float = option(
        2.0, "How long a statement of a person's request may take; PostgreSQL only.", gt=0
    )
    database_job_statement_seconds: float = option(30.0, "The same for background jobs.", gt=0)
    redis_url: RedisUrl = option(
        "",
        "redis://…, rediss://… or unix://…: a cache that replicas share; empty: each has its own.",
        repr=False,
    )
    worker_concurrency: int = option(20, "Jobs that run at the same time.", ge=1)
    lease_seconds: float = option(
        15.0,
        "A job whose worker is silent for so long runs elsewhere.",
        ge=1,
    )
    drain_seconds: float = option(
        20.0,
        "When told to stop, how long running jobs get to end before they are given back; allow the "
        "process ten seconds more.",
        ge=0,
    )

    # HTTP
    http_host: str = option("127.0.0.1", "Address the HTTP sidecar listens on.")
    http_port: int = option(8080, "Its port; 0 takes a free one.", ge=0, le=65535)
    admin_key: SecretStr = option(
        NO_SECRET,
        "Bootstrap key of the API with every right. Without it and without keys made by "
        "`regulars keys create` the API is closed.",
    )
    metrics_token: SecretStr = option(
        NO_SECRET,
        "When set, /metrics wants it as a bearer token.",
    )
    api_calls_per_minute: int = option(
        600, "Calls a minute with one API key, all replicas together.", ge=1, le=1_000_000
    )
    api_address_calls_per_minute: int = option(
        1200, "The same from one address, whatever keys it uses.", ge=1, le=1_000_000
    )
    api_failures_per_minute: int = option(
        30, "Wrong keys a minute from one address.", ge=1, le=1_000_000
    )
    http_connections: int = option(
        512, "HTTP connections at a time; at most half of the open files a process may have.", ge=1
    )
    http_connections_per_address: int = option(
        256, "The same from one address that is no trusted proxy.", ge=1
    )
    trusted_proxies: Networks = option(
        (),
        "Addresses or networks, with commas, of the proxies in front of us. Only they are believed "
        "when they say who is asking (X-Forwarded-For).",
    )
    cors_origins: Origins = option(
        (),
        "Web pages that may call the API from a browser, such as https://desk.example.com, with "
        "commas; empty: none.",
    )

    # Logs
    log_format: Literal["console", "json"] = option("console", "For eyes or for machines.")
    log_level: LogLevel = option(
        "INFO", "Least level that is written: DEBUG, INFO, WARNING, ERROR or CRITICAL."
    )

    @model_validator(mode="before")
    @classmethod
    def _without_blanks(cls, values: dict[str, Any]) -> dict[str, Any]:
        # A token copied with its newline, or only blanks left behind in .env.
        stripped = {
            name: value.strip() if isinstance(value, str) else value
            for name, value in values.items()
        }
        return {name: value for name, value in stripped.items() if value != ""}

    @model_validator(mode="after")
    def _database_in_data_dir(self) -> Self:
        if not self.database_url:
            url = f"sqlite:///{self.data_dir / 'regulars.db'}"
            object.__setattr__(self, "database_url", normalise_url(url))
        return self

    def secrets(self) -> tuple[str, ...]:
        """Return the values that must never be written anywhere."""
        values = (getattr(self, name) for name in type(self).model_fields)
        return tuple(
            value.get_secret_value()
            for value in values
            if isinstance(value, SecretStr) and value.get_secret_value()
        )


PREFIXES = {"slack_bot_token": "xoxb-", "slack_app_token": "xapp-"}
ACCOUNTS = (
    "slack_bot_token",
    "slack_app_token",
    "gorgias_base_url",
    "gorgias_username",
    "gorgias_api_key",
)


def load_settings(*, require_slack: bool = True, env_file: Path | None = Path(".env")) -> Settings:
    """Read the environment; with `require_slack` the Slack and Gorgias accounts must be there."""
    try:
        settings = Settings(_env_file=env_file)
    except ValidationError as error:
        raise _malformed(error) from None
    for name in ACCOUNTS if require_slack else ():
        value = _plain(getattr(settings, name))
        if not value:
            raise _problem(name, "is not set")
        if not value.startswith(PREFIXES.get(name, "")):
            raise _problem(name, f"must start with {PREFIXES[name]}")
    return settings


def _plain(value: str | SecretStr) -> str:
    return value.get_secret_value() if isinstance(value, SecretStr) else value


def _problem(name: str, rule: str) -> SettingsProblem:
    return SettingsProblem(f"{name.upper()} {rule} — {Settings.model_fields[name].description}")


def _malformed(error: ValidationError) -> SettingsProblem:
    # Only the first problem: one sentence can be acted upon.
    first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    rule = first["msg"].removeprefix("Value error, ").replace("Input should be", "must be")
    return _problem(str(first["loc"][0]).lower(), rule.partition(", unable to parse")[0])
