"""The parts list: settings in, everything that runs out, opened and closed on one stack."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from zoneinfo import ZoneInfo

import aiohttp
import httpx
from slack_sdk.web.async_client import AsyncWebClient

from bot.marketing import Marketing, open_marketing
from bot.metrics import Metrics, build_metrics
from bot.settings import Settings
from bot.tls import trusted
from bot.worker import JobRunner
from listeners.campaign_board import SlackBoard
from listeners.files import SlackFiles
from listeners.inbox import Inbox
from listeners.slack_calls import Pace, SlackCalls, TokenWatch
from listeners.surroundings import SlackSurroundings
from listeners.workspace import BotIdentity, SlackWorkspace
from services.api_keys import ApiKeys
from services.campaigns import Campaigns
from services.campaigns import jobs as campaign_jobs
from services.campaigns.audiences import Audiences
from services.campaigns.channels import DELIVER
from services.campaigns.pushes import Pushes
from services.campaigns.windows import RESULTS
from services.channel_settings import ChannelSettings
from services.container import Services
from services.cursors import Cursors
from services.customer_pages import CustomerPages
from services.customers import Customers
from services.double_clicks import DoubleClicks
from services.emoji import Emoji
from services.forecasts import Forecasts
from services.forecasts import jobs as forecast_jobs
from services.gorgias import Gorgias
from services.insights.remembered import RememberedInsights
from services.model_runs import ModelRuns
from services.operations import Operations
from services.partners import Partners
from services.partners.jobs import LEARN, learn
from services.people import People
from services.pool import ProcessPool
from services.privacy import Privacy
from services.scoring import Scoring
from services.scoring import jobs as scoring_jobs
from services.setup_checks import SetupChecks
from services.shop_glance import ShopGlance
from services.ticket_mirror import TicketMirror
from services.ticket_mirror import jobs as mirror_jobs
from services.tickets.counts import GorgiasTickets, SpareGorgiasTickets
from services.tickets.desk import REPAIR_GAP, Desk, Options
from services.tickets.intake import Intake
from services.tickets.jobs import JOBS
from services.tickets.repair import Repair
from services.tickets.requests import TicketRequests
from services.work_list import WorkLists
from storage.budgets import Budget
from storage.cache import Cache
from storage.database import Database
from storage.jobs import Ledger
from storage.pools import PoolSizes
from storage.redis_store import RedisStore

GORGIAS_CONNECT_SECONDS = 3


@dataclass(frozen=True, slots=True)
class Parts:
    """What the process is made of."""

    settings: Settings
    metrics: Metrics
    database: Database
    redis: RedisStore | None
    """None: no REDIS_URL; every process remembers for itself."""
    ledger: Ledger
    gorgias: Gorgias
    slack: AsyncWebClient
    session: aiohttp.ClientSession
    bot: BotIdentity
    token: TokenWatch
    services: Services
    inbox: Inbox
    desk: Desk
    job_runners: dict[str, JobRunner]


@dataclass(frozen=True, slots=True)
class Opened:
    """What has to be closed again."""

    settings: Settings
    metrics: Metrics
    database: Database
    redis: RedisStore | None
    cache: Cache
    pool: ProcessPool
    session: aiohttp.ClientSession
    http: httpx.AsyncClient
    slack: AsyncWebClient
    marketing: Marketing

    @property
    def zone(self) -> ZoneInfo:
        """The shop's time zone."""
        return ZoneInfo(self.settings.shop_time_zone)


@asynccontextmanager
async def open_parts(settings: Settings) -> AsyncGenerator[Parts]:
    """Open everything; nothing here calls Slack or Gorgias yet."""
    metrics = build_metrics()
    database = Database(settings.database_url, pools=_pool_sizes(settings))
    for connections in database.pools:
        metrics.watch_pool(connections)
    redis = _redis(settings, metrics)
    cache = Cache(metrics, redis)
    metrics.watch_cache(lambda: cache.size)
    pool = ProcessPool()
    async with (
        aiohttp.ClientSession() as session,
        httpx.AsyncClient(
            base_url=settings.gorgias_base_url,
            auth=(settings.gorgias_username, settings.gorgias_api_key.get_secret_value()),
            headers={"Accept": "application/json"},
            verify=trusted(),
            timeout=httpx.Timeout(
                settings.gorgias_timeout_seconds,
                connect=GORGIAS_CONNECT_SECONDS,
            ),
        ) as http,
        open_marketing(settings, metrics, database) as marketing,
    ):
        slack = AsyncWebClient(
            token=settings.slack_bot_token.get_secret_value(),
            base_url=settings.slack_api_url,
            session=session,
            retry_handlers=[],
        )
        opened = Opened(
            settings, metrics, database, redis, cache, pool, session, http, slack, marketing
        )
        try:
            yield _assemble(opened)
        finally:
            pool.close()
            if redis is not None:
                await redis.close()
            await database.close()


def _assemble(opened: Opened) -> Parts:
    settings, metrics, database = opened.settings, opened.metrics, opened.database
    bot = BotIdentity()
    calls = SlackCalls(
        opened.slack,
        Pace(settings.slack_posts_per_second),
        metrics.call_observer("slack"),
    )
    workspace = _workspace(opened, calls, bot)
    desk = _desk(opened, workspace)
    intake = Intake(database, desk.ledger, desk.channels, settings.edit_note_seconds)
    scoring = Scoring(
        database,
        opened.pool,
        currency=settings.shop_currency,
        zone=opened.zone,
    )
    services = _services(opened, desk, intake, SlackSurroundings(calls, opened.slack, bot))
    board = SlackBoard(workspace, settings.shop_currency, opened.marketing.channels)
    pushes = Pushes(database, desk.ledger, opened.marketing.systems, board)
    return Parts(
        settings=settings,
        metrics=metrics,
        database=database,
        redis=opened.redis,
        ledger=desk.ledger,
        gorgias=desk.gorgias,
        slack=opened.slack,
        session=opened.session,
        bot=bot,
        token=calls.token,
        services=services,
        inbox=Inbox(intake, services.api_keys, bot, metrics.event_received),
        desk=desk,
        job_runners={
            **{kind: partial(act, desk) for kind, act in JOBS.items()},
            REPAIR_GAP: Repair(desk, intake).run,
            **dict.fromkeys(scoring_jobs.KINDS, partial(scoring_jobs.score, scoring)),
            LEARN: partial(learn, Partners(database, opened.pool, opened.zone)),
            **dict.fromkeys(mirror_jobs.KINDS, partial(mirror_jobs.run, services.ticket_mirror)),
            RESULTS: partial(
                campaign_jobs.tell_results, services.campaigns, services.workspace, board
            ),
            DELIVER: pushes.run,
            forecast_jobs.COMPARE: partial(forecast_jobs.compare, services.forecasts),
        },
    )


def _workspace(opened: Opened, calls: SlackCalls, bot: BotIdentity) -> SlackWorkspace:
    settings = opened.settings
    bot_token = settings.slack_bot_token.get_secret_value()
    files = SlackFiles(opened.session, settings.slack_api_url, bot_token)
    return SlackWorkspace(calls=calls, client=opened.slack, files=files, bot=bot)


def _desk(opened: Opened, workspace: SlackWorkspace) -> Desk:
    """Put together what ticketing works with."""
    settings, database = opened.settings, opened.database
    gorgias = _gorgias(settings, opened.metrics, database, opened.http)
    admins = frozenset(settings.admin_users)
    return Desk(
        database=database,
        ledger=Ledger(database, settings.lease_seconds),
        gorgias=gorgias,
        workspace=workspace,
        people=People(workspace, settings.agent_user_group or None, admins, opened.cache),
        customers=Customers(
            database,
            GorgiasTickets(gorgias),
            opened.cache,
            currency=settings.shop_currency,
            country=settings.shop_country,
            spare_tickets=SpareGorgiasTickets(GorgiasTickets(gorgias.if_free())),
        ),
        channels=ChannelSettings(
            database,
            Emoji(settings.ticket_emoji, settings.resolve_emoji, settings.claim_emoji),
            settings.ticket_tags,
        ),
        options=Options(
            api_user_email=settings.gorgias_username,
            zone=opened.zone,
            admins=admins,
        ),
    )


def _services(
    opened: Opened,
    desk: Desk,
    intake: Intake,
    surroundings: SlackSurroundings,
) -> Services:
    """Put together what listeners and commands may ask of us."""
    settings, database, pool = opened.settings, opened.database, opened.pool
    insights = RememberedInsights(
        database, pool, settings.shop_currency, opened.zone, settings.shop_country, opened.cache
    )
    work_lists = WorkLists(desk, settings.shop_currency)
    mirror = TicketMirror(
        database,
        desk.ledger,
        desk.gorgias.in_background(),
        opened.zone,
        settings.gorgias_poll_seconds,
    )
    return Services(
        api_keys=ApiKeys(database, settings.admin_key.get_secret_value()),
        campaigns=Campaigns(
            database,
            Audiences(database, insights, settings.internal_email_domains, opened.cache),
            desk.ledger,
            settings.campaign_alone_up_to,
            opened.marketing.channels,
        ),
        channels=desk.channels,
        cursors=Cursors(database),
        customer_pages=CustomerPages(database, settings.shop_currency, settings.shop_country),
        customers=desk.customers,
        double_clicks=DoubleClicks(database),
        forecasts=Forecasts(
            database,
            pool,
            currency=settings.shop_currency,
            zone=opened.zone,
            country=settings.shop_country,
        ),
        gorgias=desk.gorgias,
        insights=insights,
        model_runs=ModelRuns(database),
        operations=Operations(database, desk.ledger, mirror, work_lists),
        intake=intake,
        people=desk.people,
        privacy=Privacy(database, desk.customers),
        workspace=desk.workspace,
        surroundings=surroundings,
        setup_checks=SetupChecks(
            surroundings,
            desk.gorgias,
            database,
            desk.people,
            desk.channels,
            opened.marketing.checks,
        ),
        work_lists=work_lists,
        shop_glance=ShopGlance(database, settings.shop_currency, opened.zone),
        ticket_mirror=mirror,
        ticket_requests=TicketRequests(desk),
    )


def _pool_sizes(settings: Settings) -> PoolSizes:
    return PoolSizes(
        work=settings.database_pool_size,
        intake=settings.database_intake_pool_size,
        wait_seconds=settings.database_pool_wait_seconds,
        statement_seconds=settings.database_statement_seconds,
        job_statement_seconds=settings.database_job_statement_seconds,
    )


def _redis(settings: Settings, metrics: Metrics) -> RedisStore | None:
    if not settings.redis_url:
        metrics.redis_unused()
        return None
    metrics.redis_answers(False)  # until the first probe
    return RedisStore.open(settings.redis_url, settings.database_url, metrics.redis_answers)


def _gorgias(
    settings: Settings,
    metrics: Metrics,
    database: Database,
    http: httpx.AsyncClient,
) -> Gorgias:
    return Gorgias(
        client=http,
        base_url=settings.gorgias_base_url,
        budget=Budget(
            database,
            f"gorgias:{settings.gorgias_base_url}",
            settings.gorgias_calls_per_second,
            settings.gorgias_call_burst,
        ),
        settle_seconds=settings.gorgias_settle_seconds,
        settle_short_seconds=settings.gorgias_settle_short_seconds,
        observe_call=metrics.call_observer("gorgias"),
        observe_wait=metrics.wait_observer("gorgias"),
    )
