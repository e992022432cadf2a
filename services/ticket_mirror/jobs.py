"""When the mirror reads: changes every few seconds, answers every ten, deletions every night.

Each is one job that puts itself off and never ends, so that it runs once across replicas.
"""

import structlog

from services.errors import GorgiasUnavailableError
from services.gorgias import GorgiasRefusedError
from services.ticket_mirror import TicketMirror
from services.tickets.desk import LaterError
from storage.jobs import Job, NewJob

log = structlog.get_logger()

POLL = "tickets.poll"
FILL = "tickets.fill"
SURVEYS = "tickets.surveys"
RECHECK = "tickets.recheck"
KINDS = (POLL, FILL, SURVEYS, RECHECK)
SURVEY_SECONDS = 600.0
SOON_SECONDS = 0.2
AWAY_SECONDS = 60.0
WAIT = "Nothing to do until then."


def standing_jobs(day: str) -> list[NewJob]:
    """Name the jobs that there must always be; `day` is today, written as a date."""
    return [
        NewJob(POLL, POLL, payload={}, order_key=POLL, lane=1),
        NewJob(FILL, FILL, payload={}, order_key=FILL, lane=1, delay_ms=1_000),
        NewJob(SURVEYS, SURVEYS, payload={}, order_key=SURVEYS, lane=1, delay_ms=5_000),
        NewJob(RECHECK, f"{RECHECK}:{day}", payload={}, order_key=RECHECK, lane=1, delay_ms=9_000),
    ]


async def run(mirror: TicketMirror, job: Job) -> None:
    """Do one round of a job; Gorgias being away counts no attempt."""
    try:
        await _round(mirror, job)
    except GorgiasUnavailableError as error:
        wait = getattr(error, "retry_after", None) or AWAY_SECONDS
        raise LaterError(wait, error.sentence) from error
    except GorgiasRefusedError as error:
        log.warning("tickets.refused", kind=job.kind, status=error.http_status)
        raise LaterError(SURVEY_SECONDS, error.sentence) from error


async def _round(mirror: TicketMirror, job: Job) -> None:
    match job.kind:
        case "tickets.poll":
            await mirror.link_customers()
            await mirror.poll(job)
            raise LaterError(mirror.poll_seconds, WAIT)
        case "tickets.fill":
            # Changes made meanwhile are the poll's, which must have set its mark before.
            if (await mirror.state()).read_until is None:
                raise LaterError(1.0, "Waits for the first poll.")
            if not await mirror.fill(job):
                raise LaterError(SOON_SECONDS, "More to read.")
            await mirror.read_surveys(everything=True)
            log.info("tickets.filled", tickets=job.memo.get("read"))
        case "tickets.surveys":
            await mirror.read_surveys(everything=False)
            raise LaterError(SURVEY_SECONDS, WAIT)
        case _:
            gone = await mirror.recheck()
            news = await mirror.read_surveys(everything=True)
            log.info("tickets.rechecked", gone=gone, answers=news)
