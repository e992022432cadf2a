"""When scores are brought up to date without anybody asking: every night and after an import."""

import structlog

from services.errors import NotEnoughHistoryError
from services.scoring import Scoring
from storage.jobs import Job, NewJob

log = structlog.get_logger()

NIGHTLY = "score.nightly"
AFTER_IMPORT = "score.import"
KINDS = (NIGHTLY, AFTER_IMPORT)
_ONE_AT_A_TIME = "score"


def nightly_job(day: str) -> NewJob:
    """Score once a day, whoever asks first."""
    return NewJob(NIGHTLY, f"{NIGHTLY}:{day}", payload={}, order_key=_ONE_AT_A_TIME, lane=1)


def import_job(data_version: str) -> NewJob:
    """Score once for every state of the orders."""
    key = f"{AFTER_IMPORT}:{data_version}"
    return NewJob(AFTER_IMPORT, key, payload={}, order_key=_ONE_AT_A_TIME, lane=1)


async def score(scoring: Scoring, _job: Job) -> None:
    """Bring the scores up to date; a shop too small for them is no failure."""
    try:
        await scoring.refresh()
    except NotEnoughHistoryError as error:
        log.info("scores.refused", why=error.sentence)
