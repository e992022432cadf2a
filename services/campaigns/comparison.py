"""Comparing the arms of a campaign; computed in another process, for it needs scipy."""

import numpy as np

from services.analytics import experiments
from services.campaigns.plan import Offer
from services.campaigns.results import ArmResult, Compared
from storage.campaigns.members import Arm
from storage.campaigns.outcomes import Buyer


def margin_share(offer: Offer, *, discounted: bool) -> float:
    """Tell what is earned of each unit of money paid; the discount was off the full price."""
    if not discounted:
        return offer.margin
    return (offer.margin - offer.discount) / (1 - offer.discount)


def arm_result(people: int, bought: list[Buyer], share: float) -> ArmResult:
    """Add up one side."""
    revenue = sum(each.spend for each in bought)
    return ArmResult(
        people, len(bought), sum(each.orders for each in bought), revenue, revenue * share
    )


def compare(
    people: dict[Arm, int], bought: list[Buyer], offer: Offer, campaign_id: int
) -> Compared:
    """Compare everybody who was drawn, reached or not, so that the draw stays fair."""
    sides = {}
    for arm in (Arm.TREATED, Arm.HELD_OUT):
        own = [each for each in bought if each.arm == arm]
        share = margin_share(offer, discounted=arm is Arm.TREATED)
        spend = np.array([each.spend for each in own], dtype=np.float64)
        sides[arm] = (
            arm_result(people[arm], own, share),
            experiments.Arm(people[arm], spend),
            experiments.Arm(people[arm], spend * share),
        )
    treated, held_out = sides[Arm.TREATED], sides[Arm.HELD_OUT]
    return Compared(
        treated[0],
        held_out[0],
        experiments.difference_of_rates(treated[1], held_out[1]),
        experiments.difference_of_means(treated[1], held_out[1], campaign_id),
        experiments.difference_of_means(treated[2], held_out[2], campaign_id),
        experiments.probability_above(treated[2], held_out[2], offer.contact_cost),
    )
