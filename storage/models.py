"""Tables. Times are milliseconds since 1970 UTC, money is minor units of `currency`."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import (
    JSON,
    REAL,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Dialect,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    TypeDecorator,
    false,
    text,
    true,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    },
)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# SQLite only numbers rows by itself when the key is INTEGER.
RowId = BigInteger().with_variant(Integer(), "sqlite")


class Instant(TypeDecorator[datetime]):
    """An aware UTC datetime kept as whole milliseconds: sorts, subtracts and indexes anywhere."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> int | None:
        return None if value is None else (value - EPOCH) // timedelta(milliseconds=1)

    def process_result_value(self, value: int | None, _dialect: Dialect) -> datetime | None:
        return None if value is None else EPOCH + timedelta(milliseconds=value)


# --- commerce ---------------------------------------------------------------------------------

# Byte order, so that "starts with" is a range of the index on PostgreSQL too.
Bytewise = {
    n: String(n).with_variant(String(n, collation="C"), "postgresql") for n in (255, 320, 400)
}

customers = Table(
    "customers",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("source_id", String(128), unique=True),  # the shop's own customer id
    Column("gorgias_id", BigInteger),
    Column("email", Bytewise[320], index=True),  # lower case
    Column("phone", String(32), index=True),  # E.164
    Column("name", String(255), nullable=False, server_default=""),
    Column("name_key", Bytewise[255], nullable=False, server_default="", index=True),  # folded
    Column("country", String(64)),
    Column("consent", String(16), nullable=False, server_default="unknown"),
    Column("tags", JSON, nullable=False, server_default="[]"),
    Index(
        "ix_customers_gorgias",
        "gorgias_id",
        postgresql_where=text("gorgias_id IS NOT NULL"),
        sqlite_where=text("gorgias_id IS NOT NULL"),
    ),
)

erasures = Table(  # who was erased, as keyed hashes, so that no import brings them back
    "erasures",
    metadata,
    Column("mark", LargeBinary(32), primary_key=True),
    Column("at", Instant, nullable=False),
)

customer_words = Table(  # each word of a name, so that a surname is found by index
    "customer_words",
    metadata,
    Column("word", Bytewise[255], primary_key=True),
    Column("customer_id", RowId, ForeignKey("customers.id", ondelete="CASCADE"), primary_key=True),
    Index("ix_customer_words_customer", "customer_id"),
)

products = Table(
    "products",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("sku", String(255), nullable=False, unique=True),
    Column("title", String(500), nullable=False, server_default=""),
    Column("is_fee", Boolean, nullable=False, server_default=false()),  # postage, adjustments
)

# An order that is on its way back and not paid back in full; statuses as shops export them.
RETURNING = text(
    "status IN ('return_requested', 'return requested', 'return_in_progress', 'return in progress',"
    " 'returning', 'returned', 'inspection_complete') AND refunded < total"
)

orders = Table(
    "orders",
    metadata,
    Column("id", RowId, primary_key=True),
    # "n:<number>", or for files without numbers "m:" + customer, time, total and its repetition
    Column("identity", Bytewise[400], nullable=False, unique=True),
    Column("number", String(128)),  # without a leading "#"; found through the identity
    Column("customer_id", RowId, ForeignKey("customers.id")),  # NULL: a guest
    Column("placed_at", Instant, nullable=False),
    Column("placed_day", Integer, nullable=False),  # days since 1970 in the shop's own zone
    Column("currency", String(3), nullable=False),
    Column("total", BigInteger, nullable=False),  # what was charged, before refunds
    Column("refunded", BigInteger, nullable=False, server_default="0"),
    # paid less refunds; 0 when cancelled; negative for a cancellation booked as its own document
    Column("spend", BigInteger, nullable=False),
    Column("counts", Boolean, nullable=False, server_default=true()),  # is an order (DESIGN 4a)
    Column("status", String(32), nullable=False, server_default=""),
    Column("channel", String(64), nullable=False, server_default=""),
    Column("country", String(64), nullable=False, server_default=""),
    Column("digest", LargeBinary(16)),  # of all that was imported: the same again is no change
    # which import brought it; a foreign key would cost a quarter of an import (measured)
    Column("import_run_id", RowId),
    # covers what a customer did, day by day; scoring a whole shop reads nothing else
    Index("ix_orders_customer", "customer_id", "counts", "placed_day", "spend", "placed_at"),
    Index("ix_orders_placed_day", "placed_day"),
    Index(
        "ix_orders_returning",
        "customer_id",
        postgresql_where=RETURNING,
        sqlite_where=RETURNING,
    ),
)

order_lines = Table(
    "order_lines",
    metadata,
    # Written and deleted only together with their order. Foreign keys here would cost 15 us a
    # line on PostgreSQL, an index by product as much on SQLite (measured on 540,000 lines).
    Column("order_id", BigInteger, primary_key=True, autoincrement=False),
    Column("line", Integer, primary_key=True, autoincrement=False),
    Column("product_id", BigInteger, nullable=False),
    Column("quantity", Integer, nullable=False),
    Column("amount", BigInteger, nullable=False),  # of all its units: a price of one would round
    sqlite_with_rowid=False,
)

import_runs = Table(
    "import_runs",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("kind", String(32), nullable=False),
    Column("file_name", String(255), nullable=False),
    Column("file_hash", String(64), nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("finished_at", Instant),
    Column("state", String(16), nullable=False),
    Column("report", JSON, nullable=False, server_default="{}"),
)

# --- tickets ----------------------------------------------------------------------------------

thread_links = Table(
    "thread_links",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("team", String(32), nullable=False),
    Column("channel", String(32), nullable=False),
    Column("root_ts", String(32), nullable=False),
    Column("state", String(16), nullable=False),  # wanted, open, resolved, withdrawn, refused
    Column("created_at", Instant, nullable=False),
    # exactly-once towards Gorgias: intent first, look-up before any repetition
    Column("intent_at", Instant),
    Column("settle_until", Instant),
    Column("was_ambiguous", Boolean, nullable=False, server_default=false()),
    Column("ticket_id", BigInteger, unique=True),
    Column("ticket_created_at", Instant),
    Column("ours", JSON, nullable=False, server_default="{}"),  # status and tags as we left them
    Column("acts", JSON, nullable=False, server_default="{}"),  # what the last sync had seen
    # what the card shows
    Column("subject", String(255), nullable=False, server_default=""),
    Column("reported_by", JSON, nullable=False, server_default="[]"),  # Slack user ids, in order
    Column("customer_id", RowId, ForeignKey("customers.id")),
    Column("candidates", JSON, nullable=False, server_default="[]"),  # customer ids to choose from
    Column("assignee", String(255)),
    Column("priority", String(16), nullable=False, server_default="normal"),
    Column("changed_by", String(32)),  # Slack user id of the last change of state
    Column("changed_at", Instant),
    Column("waiting_since", Instant),  # Gorgias does not answer
    Column("deleted_at", Instant),  # the root message is gone from Slack
    Column("problem", String(500)),
    # a ticket that no readable thread stands behind: the one message as we were told it
    Column("source", JSON),
    # the card itself; it lives in a direct message where the bot cannot post in the channel
    Column("card_channel", String(32)),
    Column("card_ts", String(32)),
    Column("card_intent_at", Instant),
    Column("card_digest", String(64)),
    Column("marks", JSON, nullable=False, server_default="[]"),
    Index("uq_thread_links_root", "team", "channel", "root_ts", unique=True),
    Index("ix_thread_links_state", "state"),
)

thread_messages = Table(
    "thread_messages",
    metadata,
    Column("channel", String(32), primary_key=True),
    Column("ts", String(32), primary_key=True),
    Column("link_id", RowId, ForeignKey("thread_links.id"), nullable=False, index=True),
)

relayed_messages = Table(  # what an agent wrote in Gorgias and its thread in Slack shows
    "relayed_messages",
    metadata,
    Column("message_id", BigInteger, primary_key=True, autoincrement=False),  # Gorgias' own
    Column("link_id", RowId, ForeignKey("thread_links.id"), nullable=False, index=True),
)

channel_settings = Table(  # what a channel does differently; an empty list: as everywhere else
    "channel_settings",
    metadata,
    Column("channel", String(32), primary_key=True),
    Column("is_triage", Boolean, nullable=False, server_default=false()),
    Column("ticket_emoji", JSON, nullable=False, server_default="[]"),
    Column("resolve_emoji", JSON, nullable=False, server_default="[]"),
    Column("claim_emoji", JSON, nullable=False, server_default="[]"),
    Column("tags", JSON, nullable=False, server_default="[]"),
    Column("changed_by", String(32), nullable=False),  # Slack user id
    Column("changed_at", Instant, nullable=False),
)

reactions = Table(
    "reactions",
    metadata,
    Column("channel", String(32), primary_key=True),
    Column("ts", String(32), primary_key=True),
    Column("act", String(16), primary_key=True),  # ticket, resolve, claim
    Column("emoji", String(100), primary_key=True),
    Column("actor", String(32), primary_key=True),
    Column("present", Boolean, nullable=False),
    Column("event_ts", String(32), nullable=False),
    # the thread it acts on; set once the thread is known and the actor may do this
    Column("root_ts", String(32)),
    Index("ix_reactions_root", "channel", "root_ts"),
)

tickets = Table(  # the facts of every Gorgias ticket, without what was written in it
    "tickets",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),  # Gorgias' own
    Column("gorgias_customer_id", BigInteger),
    Column("email", Bytewise[320]),  # of that customer, lower case
    Column("customer_id", RowId),  # ours, as soon as there is one with this e-mail or Gorgias id
    Column("status", String(16), nullable=False),
    Column("is_trashed", Boolean, nullable=False, server_default=false()),
    Column("is_spam", Boolean, nullable=False, server_default=false()),
    Column("priority", String(16), nullable=False, server_default="normal"),
    Column("channel", String(64), nullable=False, server_default=""),
    Column("assignee", String(255)),
    Column("subject", String(255), nullable=False, server_default=""),
    Column("tags", JSON, nullable=False, server_default="[]"),
    Column("product_id", BigInteger),  # the one the customer ordered and the ticket names
    Column("score", SmallInteger),  # of the satisfaction survey, 1 to 5
    Column("scored_at", Instant),
    Column("created_at", Instant, nullable=False),
    Column("created_day", Integer, nullable=False),  # days since 1970 in the shop's own zone
    Column("created_hour", SmallInteger, nullable=False),  # 0 to 23 there
    Column("closed_at", Instant),
    Column("updated_at", Instant, nullable=False),
    Column("waiting_since", Instant, nullable=False),  # the customer's last message
    Column("messages_count", Integer, nullable=False, server_default="0"),
    Index("ix_tickets_customer", "customer_id", "status"),
    Index("ix_tickets_created_day", "created_day", "created_hour"),
    Index("ix_tickets_email", "email"),
    Index(
        "ix_tickets_open",
        "created_at",
        postgresql_where=text("status = 'open' AND NOT is_trashed"),
        sqlite_where=text("status = 'open' AND NOT is_trashed"),
    ),
    Index(
        "ix_tickets_scored",
        "customer_id",
        "scored_at",
        postgresql_where=text("score IS NOT NULL"),
        sqlite_where=text("score IS NOT NULL"),
    ),
    Index(
        "ix_tickets_product",
        "product_id",
        postgresql_where=text("product_id IS NOT NULL"),
        sqlite_where=text("product_id IS NOT NULL"),
    ),
)

# --- work -------------------------------------------------------------------------------------

jobs = Table(
    "jobs",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("kind", String(64), nullable=False),
    Column("key", String(300), nullable=False, unique=True),
    Column("order_key", String(200)),
    Column("lane", Integer, nullable=False, server_default="0"),  # 0 a person waits, 1 nobody
    Column("payload", JSON, nullable=False),
    Column("memo", JSON, nullable=False, server_default="{}"),
    Column("state", String(8), nullable=False, server_default="ready"),
    Column("run_at", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("fence", Integer, nullable=False, server_default="0"),
    Column("crashes", Integer, nullable=False, server_default="0"),
    Column("owner", String(64)),
    Column("lease_until", BigInteger),
    Column("error", String(500)),
    Column("correlation_id", String(64)),
    CheckConstraint("state IN ('ready', 'leased', 'done', 'dead')", name="state"),
    Index(
        "ix_jobs_ready",
        "lane",
        "run_at",
        "id",
        postgresql_where=text("state = 'ready'"),
        sqlite_where=text("state = 'ready'"),
    ),
    Index(
        "ix_jobs_leased",
        "lease_until",
        postgresql_where=text("state = 'leased'"),
        sqlite_where=text("state = 'leased'"),
    ),
    Index(
        "uq_jobs_order_key",
        "order_key",
        unique=True,
        postgresql_where=text("state = 'leased'"),
        sqlite_where=text("state = 'leased'"),
    ),
    Index(
        "ix_jobs_live_order",
        "order_key",
        "id",
        postgresql_where=text("state IN ('ready', 'leased')"),
        sqlite_where=text("state IN ('ready', 'leased')"),
    ),
)

bookmarks = Table(
    "bookmarks",
    metadata,
    Column("name", String(100), primary_key=True),
    Column("value", String(255), nullable=False),
)

idempotency_keys = Table(  # what programs asked for and people pressed; again, it does nothing
    "idempotency_keys",
    metadata,
    Column("owner", String(64), primary_key=True),  # of the API key; "slack:" and who pressed
    Column("key", String(255), primary_key=True),
    Column("digest", LargeBinary(32), nullable=False),  # of what was asked
    Column("answer", String(255), nullable=False),  # or when it was pressed
    Column("created_at", BigInteger, nullable=False, index=True),
)

rate_budgets = Table(
    "rate_budgets",
    metadata,
    Column("name", String(100), primary_key=True),
    Column("tat", BigInteger, nullable=False),  # theoretical arrival time, milliseconds
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("prefix", String(16), nullable=False, unique=True),  # the part that may be shown
    Column("digest", LargeBinary(32), nullable=False),  # SHA-256 of the whole key
    Column("owner", String(64), nullable=False),
    Column("note", String(120), nullable=False, server_default=""),
    Column("scopes", JSON, nullable=False),
    Column("calls_per_minute", Integer),  # NULL: what API_CALLS_PER_MINUTE says
    Column("created_at", Instant, nullable=False),
    Column("created_by", String(64), nullable=False),
    Column("expires_at", Instant),
    Column("revoked_at", Instant),
    Column("revoked_because", String(120), nullable=False, server_default=""),
    Column("last_used_at", Instant),  # to the minute
    Column("leaked_at", Instant),  # seen in an address, so in somebody's logs
    Column("replaces", RowId, ForeignKey("api_keys.id")),
)

rate_limits = Table(  # of callers; rows in the past may be dropped at any time
    "rate_limits",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("tat", BigInteger, nullable=False),  # theoretical arrival time, microseconds
    Index("ix_rate_limits_tat", "tat"),
)

audit_log = Table(
    "audit_log",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("actor", String(64), nullable=False),
    Column("action", String(64), nullable=False),
    Column("subject", String(128), nullable=False),
    Column("detail", JSON, nullable=False, server_default="{}"),
    Column("previous_hash", LargeBinary(32), nullable=False),
    Column("hash", LargeBinary(32), nullable=False),
)

# --- scores -----------------------------------------------------------------------------------

model_runs = Table(
    "model_runs",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("kind", String(32), nullable=False),
    Column("method", String(32), nullable=False),  # changes when the same data give other figures
    Column("as_of_day", Integer, nullable=False),  # days since 1970; this day itself was seen
    Column("horizon_days", Integer, nullable=False),  # of the churn figure and of the hold-out
    Column("data_version", String(64), nullable=False),
    Column("customers", Integer, nullable=False),
    Column("repeat_customers", Integer, nullable=False),
    Column("parameters", JSON, nullable=False, server_default="{}"),
    Column("log_likelihood", Double),
    Column("backtest", JSON),  # NULL: too little history to hold some of it out
    Column("state", String(16), nullable=False),
    Column("message", String(500), nullable=False, server_default=""),
    Column("created_at", Instant, nullable=False),
    CheckConstraint("state IN ('running', 'active', 'retired', 'kept', 'failed')", name="state"),
    Index(
        "uq_model_runs_active",
        "kind",
        unique=True,
        postgresql_where=text("state = 'active'"),
        sqlite_where=text("state = 'active'"),
    ),
)

product_partners = Table(  # what the buyers of a product take more often than everybody does
    "product_partners",
    metadata,
    # Written anew in bulk for every state of the orders; readers look at the one that is complete.
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("product_id", BigInteger, primary_key=True, autoincrement=False),
    Column("partner_id", BigInteger, primary_key=True, autoincrement=False),
    Column("orders", Integer, nullable=False),  # that hold both
    Column("evidence", REAL, nullable=False),  # analytics.next_best: confidence above popularity
    sqlite_with_rowid=False,
)

customer_scores = Table(
    "customer_scores",
    metadata,
    # Written and dropped in bulk together with their run; foreign keys cost what they cost
    # order_lines, so whoever erases a customer deletes their rows here too.
    Column("run_id", BigInteger, primary_key=True, autoincrement=False),
    Column("customer_id", BigInteger, primary_key=True, autoincrement=False),
    Column("frequency", Integer, nullable=False),  # repeat purchase days
    Column("recency_days", Integer, nullable=False),  # first to last purchase day
    Column("age_days", Integer, nullable=False),  # first purchase day to the day scored as of
    Column("monetary", BigInteger, nullable=False),  # mean value of repeat purchase days
    Column("spend", BigInteger, nullable=False),
    Column("p_alive", REAL, nullable=False),
    Column("p_no_order", REAL, nullable=False),  # within the run's horizon
    *(
        column
        for days in (30, 90, 365)
        for column in (
            Column(f"orders_{days}", REAL, nullable=False),
            Column(f"orders_{days}_lo80", Integer, nullable=False),
            Column(f"orders_{days}_hi80", Integer, nullable=False),
            Column(f"value_{days}", BigInteger, nullable=False),
            Column(f"value_{days}_lo80", BigInteger, nullable=False),
            Column(f"value_{days}_hi80", BigInteger, nullable=False),
        )
    ),
    Column("next_order_q50", Integer),  # days since 1970; NULL: no date
    Column("segment", SmallInteger, nullable=False),  # position in segments.SEGMENTS
    Column("churn_band", SmallInteger, nullable=False),  # 0 low, 1 medium, 2 high
    sqlite_with_rowid=False,
)

# --- forecasts --------------------------------------------------------------------------------

forecasts = Table(  # every forecast that was shown, and later what happened
    "forecasts",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("asked", String(500), nullable=False),  # the request in the words of the command
    Column("metric", String(32), nullable=False),
    Column("product_id", BigInteger),
    Column("frequency", String(1), nullable=False),
    Column("first_day", Integer, nullable=False),  # days since 1970
    Column("last_day", Integer, nullable=False),
    Column("data_version", String(64), nullable=False),
    Column("steps", JSON, nullable=False),  # [first day of the period, point, seasonal naive]
    Column("total", Double, nullable=False),
    Column("lo80", Double, nullable=False),
    Column("hi80", Double, nullable=False),
    Column("lo95", Double, nullable=False),
    Column("hi95", Double, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("compared_at", Instant),  # NULL: not finished yet
    Column("actual", JSON),  # what happened, one figure a step
    Index("uq_forecasts_same", "asked", "first_day", "data_version", unique=True),
    Index("ix_forecasts_unfinished", "compared_at", "last_day"),
)

# --- campaigns --------------------------------------------------------------------------------

campaigns = Table(
    "campaigns",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("name", String(120), nullable=False),
    Column("goal", String(16), nullable=False),
    Column("state", String(20), nullable=False),
    Column("rules", JSON, nullable=False),
    Column("suppression", JSON, nullable=False),
    Column("offer", JSON, nullable=False),
    Column("holdout_share", Double, nullable=False),
    Column("seed", BigInteger, nullable=False),  # of the draw of the hold-out
    Column("window_days", Integer, nullable=False),  # how long orders are counted
    Column("created_by", String(64), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("submitted_by", String(64)),  # who asked a second person to confirm
    Column("approved_by", String(64)),
    Column("approved_at", Instant),  # the audience is frozen since then
    Column("freezing_since", Instant),  # somebody is writing the audience right now
    Column("started_at", Instant),  # the first delivery, when the window opens
    Column("ends_at", Instant),
    Column("ended_at", Instant),  # finished or stopped
    Column("channel", String(32)),  # where its card is
    Column("card_ts", String(32)),
    Column("model_run_id", BigInteger),  # whose scores chose the audience
    Column("data_version", String(64)),  # of the orders when it was frozen
    Column("counts", JSON, nullable=False, server_default="{}"),  # reasons in and out, at freeze
    CheckConstraint(
        "state IN ('draft', 'awaiting_approval', 'approved', 'running', 'finished', 'stopped', "
        "'archived')",
        name="state",
    ),
    Index("ix_campaigns_state", "state"),
)

campaign_members = Table(
    "campaign_members",
    metadata,
    # Who fitted the rules when the audience was frozen. Written in bulk; foreign keys cost what
    # they cost order_lines, so whoever erases a customer deletes their rows here too.
    Column("campaign_id", BigInteger, primary_key=True, autoincrement=False),
    Column("customer_id", BigInteger, primary_key=True, autoincrement=False),
    Column("arm", SmallInteger, nullable=False),  # storage.campaigns.Arm
    Column("reason", SmallInteger, nullable=False),  # why left out; 0 in both arms
    Column("segment", SmallInteger, nullable=False),
    # what the customer model expected at the freeze, without any campaign
    Column("value_365", BigInteger, nullable=False),
    Column("orders_in_window", REAL, nullable=False),
    Column("value_in_window", BigInteger, nullable=False),
    Column("contacted_at", Instant),  # the first time anything reached them
    Index("ix_campaign_members_customer", "customer_id", "contacted_at"),
    sqlite_with_rowid=False,
)

campaign_outcomes = Table(  # what became of one person in one way of delivery
    "campaign_outcomes",
    metadata,
    Column("campaign_id", BigInteger, primary_key=True, autoincrement=False),
    Column("channel", String(16), primary_key=True),  # storage.campaigns.deliveries.Channel
    Column("customer_id", BigInteger, primary_key=True, autoincrement=False),
    Column("outcome", String(16), nullable=False),
    Column("at", Instant, nullable=False),
    Column("problem", String(255)),  # why refused
    Index("ix_campaign_outcomes_customer", "customer_id"),
    sqlite_with_rowid=False,
)

campaign_results = Table(
    "campaign_results",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("campaign_id", RowId, ForeignKey("campaigns.id"), nullable=False, index=True),
    Column("at", Instant, nullable=False),
    Column("asked_by", String(64), nullable=False),
    Column("is_final", Boolean, nullable=False),  # else a peek before the window closed
    Column("figures", JSON, nullable=False),
)
