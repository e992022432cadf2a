"""When partners are learnt without anybody asking: every night and after an import."""

from services.partners import Partners
from storage.jobs import Job, NewJob

LEARN = "partners.learn"


def learn_job(slot: str) -> NewJob:
    """Learn once for a night, or for a state of the orders."""
    return NewJob(LEARN, f"{LEARN}:{slot}", payload={}, order_key=LEARN, lane=1)


async def learn(partners: Partners, _job: Job) -> None:
    """Bring the list up to date."""
    await partners.refresh()
