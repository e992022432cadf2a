from storage.reactions import of_message
from tests.wired import Wired


async def test_a_rehearsal_of_a_reaction_opens_every_connection_and_stores_nothing(
    wired: Wired,
) -> None:
    intake, database = wired.parts.services.intake, wired.parts.database
    await intake.rehearse()
    (pool,) = (pool.state() for pool in database.pools if pool.name == "intake")
    assert pool.idle == pool.size
    async with database.read() as connection:
        assert await of_message(connection, "", "") == []
        assert await intake.ledger.find(connection, "rehearsal") is None
