"""When forecasts are held against what happened without anybody asking: every night."""

from services.forecasts import Forecasts
from storage.jobs import Job, NewJob

COMPARE = "forecast.compare"


def compare_job(day: str) -> NewJob:
    """Compare once a day, whoever asks first."""
    return NewJob(COMPARE, f"{COMPARE}:{day}", payload={}, lane=1)


async def compare(forecasts: Forecasts, _job: Job) -> None:
    """Compare everything that has finished."""
    while await forecasts.compare_finished():
        pass
