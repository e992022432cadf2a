"""The emulated Slack without HTTP: state and the parts that work on it, wired together."""

import time
from dataclasses import dataclass

from bot.playground.slack.activity import Activity
from bot.playground.slack.changes import Changes
from bot.playground.slack.deliveries import Deliveries
from bot.playground.slack.faults import Faults
from bot.playground.slack.grants import ResponseUrls, Triggers
from bot.playground.slack.ids import Clock, Timestamps
from bot.playground.slack.log import Log
from bot.playground.slack.manifest import Manifest
from bot.playground.slack.model import Workspace
from bot.playground.slack.ratelimits import RateLimits
from bot.playground.slack.shapes import Shapes
from bot.playground.slack.sockets import Sockets
from bot.playground.slack.subscriptions import Subscriptions

BOT_TOKEN = "xoxb-playground"  # noqa: S105 - the playground's well-known token
APP_TOKEN = "xapp-playground"  # noqa: S105 - the playground's well-known token


@dataclass(frozen=True)
class Slack:
    """Everything the Web API, the people and the page work on."""

    workspace: Workspace
    manifest: Manifest
    clock: Clock
    faults: Faults
    log: Log
    changes: Changes
    shapes: Shapes
    sockets: Sockets
    deliveries: Deliveries
    activity: Activity
    triggers: Triggers
    response_urls: ResponseUrls
    limits: RateLimits

    @staticmethod
    def assemble(workspace: Workspace, manifest: Manifest, clock: Clock = time.time) -> "Slack":
        faults, log, changes = Faults(), Log(), Changes()
        shapes = Shapes(workspace)
        sockets = Sockets(faults)
        sockets.on_change = changes.mark
        deliveries = Deliveries(sockets, Subscriptions(manifest), faults, log, clock)
        timestamps = Timestamps(clock)
        for messages in (*workspace.messages.values(), *workspace.ephemerals.values()):
            for ts in messages:
                timestamps.never_before(ts)
        return Slack(
            workspace=workspace,
            manifest=manifest,
            clock=clock,
            faults=faults,
            log=log,
            changes=changes,
            shapes=shapes,
            sockets=sockets,
            deliveries=deliveries,
            activity=Activity(workspace, shapes, deliveries, timestamps, changes, clock),
            triggers=Triggers(clock),
            response_urls=ResponseUrls(clock),
            limits=RateLimits(faults, clock),
        )
