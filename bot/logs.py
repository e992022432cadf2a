"""Logs are events with fields. Tokens, people and what they wrote never reach the output.

The last processor before rendering hides secrets, e-mail addresses and phone numbers in every
value, tracebacks included, and drops fields that hold text of people altogether. The standard
library's loggers go the same way, and libraries that print payloads at DEBUG stay at INFO.
"""

import logging
import re
import sys
from collections.abc import Iterable, Mapping
from typing import Literal, TextIO, get_args

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

HIDDEN = "[hidden]"

Level = Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"]
LEVELS: tuple[Level, ...] = get_args(Level)

# slack_sdk and slack_bolt print whole payloads at DEBUG, httpx addresses and sqlalchemy every
# statement at INFO.
LEAST_LEVELS: Mapping[str, int] = {
    "slack_sdk": logging.INFO,
    "slack_bolt": logging.INFO,
    "aiohttp": logging.INFO,
    "sqlalchemy": logging.WARNING,
    "aiosqlite": logging.WARNING,
    "asyncpg": logging.WARNING,
    "alembic": logging.WARNING,
    "asyncio": logging.INFO,
    "httpx": logging.WARNING,
    "httpcore": logging.WARNING,
}

# Fields that are made of people's words and names. Log ids instead.
PRIVATE_FIELDS = frozenset(
    {
        "address",
        "blocks",
        "body",
        "body_html",
        "body_text",
        "customer_name",
        "display_name",
        "email",
        "headers",
        "name",
        "payload",
        "phone",
        "query",
        "real_name",
        "subject",
        "text",
    },
)
SHORTEST_REAL = 8
"""Characters; what is shorter is a placeholder somebody types to try something."""

SECRET_FIELD = re.compile(r"(?i)(token|secret|password|authorization|api_?key|admin_?key)$")
OWN_FIELDS = frozenset({"timestamp", "level", "logger", "_record", "_from_structlog"})

PATTERNS = tuple(
    re.compile(pattern)
    for pattern in (
        # a payload that a library printed: 'text': 'what somebody wrote'
        (
            r"(?i)['\"]\w*(?:text|body\w*|name|email|phone|subject)['\"]:\s*"
            r"(?:'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\")"
        ),
        r"\bxox[a-z](?:\.xox[a-z])?-[\w-]+",  # Slack's bot, user and refresh tokens
        r"\bxapp-[\w-]+",
        r"\brgk_[a-z0-9]{8}_[\w-]+",  # our own API keys; the prefix alone may be shown
        r"(?i)\b(?:basic|bearer)\s+[\w.~+/=-]{8,}",
        r"(?i)(?<=ticket=)[^\s&\"']+",  # the one-time ticket in a Socket Mode address
        r"(?<=://)[^\s/@:]*:[^\s/@]+(?=@)",  # user and password in an address
        r"[\w.+'-]+@[\w-]+(?:\.[\w-]+)+",
        # Phone numbers as people write them; bare digits stay, they are ids and Slack's ts.
        r"(?<![\w.])\+\d[\d ().-]{6,18}\d(?!\w)",
        r"(?<![\w.:-])\(?0\d{1,4}\)?[ -]?\d{3,4}[ -]?\d{3,4}(?![\w:])",
        r"(?<![\w.:-])(?:\(\d{3}\) ?|\d{3}[ -])\d{3}[ -]\d{4}(?!\w)",
    )
)


class Redaction:
    """A structlog processor that hides the given secrets and whatever looks private."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        known = sorted(filter(None, secrets), key=len, reverse=True)
        self._patterns = (*map(_pattern_of, known), *PATTERNS)

    def __call__(self, _logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        return {
            key: value if key in OWN_FIELDS else self._field(key, value)
            for key, value in event.items()
        }

    def text(self, value: str) -> str:
        """Return `value` with everything private hidden."""
        for pattern in self._patterns:
            value = pattern.sub(HIDDEN, value)
        return value

    def _field(self, key: str, value: object) -> object:
        if value is not None and (key.lower() in PRIVATE_FIELDS or SECRET_FIELD.search(key)):
            return HIDDEN
        return self._value(value)

    def _value(self, value: object) -> object:
        if value is None or isinstance(value, bool | int | float):
            return value
        if isinstance(value, Mapping):
            return {str(key): self._field(str(key), part) for key, part in value.items()}
        if isinstance(value, list | tuple | set | frozenset):
            return [self._value(part) for part in value]
        return self.text(value if isinstance(value, str) else repr(value))


def _pattern_of(secret: str) -> re.Pattern[str]:
    """Find a secret anywhere; a short one as a word, or else `key` would empty every line."""
    literal = re.escape(secret)
    return re.compile(literal if len(secret) >= SHORTEST_REAL else rf"(?<!\w){literal}(?!\w)")


def configure_logs(
    level: Level = "INFO",
    style: Literal["console", "json"] = "console",
    *,
    secrets: Iterable[str] = (),
    stream: TextIO | None = None,
) -> None:
    """Send structlog and the standard library's loggers to `stream` (default stderr)."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.addFilter(_loud_enough)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.processors.format_exc_info,  # first: tracebacks hold secrets too
                Redaction(secrets),
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *_renderers(style, stream or sys.stderr),
            ],
        ),
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    set_level(level)
    logging.captureWarnings(capture=True)


def set_level(level: Level) -> None:
    """Write more or less from now on; libraries that print payloads keep their floor."""
    least = logging.getLevelNamesMapping()[level]
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(least))
    logging.getLogger().setLevel(least)
    for name, floor in LEAST_LEVELS.items():
        logging.getLogger(name).setLevel(max(least, floor))


def current_level() -> Level:
    """Return the least level that is written."""
    name = logging.getLevelName(logging.getLogger().getEffectiveLevel())
    return next(level for level in LEVELS if level == name)


def _renderers(style: str, stream: TextIO) -> Iterable[Processor]:
    if style == "json":
        return [structlog.processors.JSONRenderer(ensure_ascii=False)]
    return [structlog.dev.ConsoleRenderer(colors=stream.isatty())]


def _loud_enough(record: logging.LogRecord) -> bool:
    """Hold libraries at their least level even if somebody turned one of their loggers down."""
    return record.levelno >= LEAST_LEVELS.get(record.name.partition(".")[0], logging.NOTSET)
