"""What `/campaign` answers: as lines for a terminal and as JSON."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from commands.campaign_json import campaign_json, preview_json, results_json
from commands.schemas.campaigns import CampaignJson, CampaignsJson, PreviewJson, ResultsJson
from services.campaigns import Campaign, words
from services.campaigns.channels import Channel
from services.campaigns.figures import Preview
from services.campaigns.results import Results
from services.days import spoken


@dataclass(frozen=True, slots=True)
class PreviewAnswer:
    """A dry run: figures of the shop, and nobody's name."""

    preview: Preview

    def to_text(self) -> str:
        """Draw the card for a terminal."""
        plan = self.preview.plan
        return "\n".join(
            [
                f"Dry run: {plan.name}",
                words.plan_sentence(plan, self.preview.currency),
                *_dry_run_lines(self.preview),
            ]
        )

    def to_json(self) -> PreviewJson:
        return preview_json(self.preview)


def _dry_run_lines(preview: Preview) -> list[str]:
    return [
        words.size_sentence(preview),
        "",
        *words.reason_lines(preview),
        "",
        *words.expectation_lines(preview),
        *words.overlap_lines(preview),
        f"Orders until {spoken(preview.as_of)}, model run {preview.model_run_id}.",
    ]


@dataclass(frozen=True, slots=True)
class CampaignAnswer:
    """One campaign and how far it is."""

    campaign: Campaign
    currency: str
    channels: frozenset[Channel] = frozenset()
    """The systems there are accounts for."""
    delivered: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """How many, by way of delivery and outcome."""
    preview: Preview | None = None
    """A dry run of what is not decided yet."""
    news: str = ""
    """What was begun just now, beside what can be seen."""

    def to_text(self) -> str:
        campaign = self.campaign
        lines = [
            words.campaign_line(campaign),
            words.plan_sentence(campaign.plan, self.currency),
        ]
        lines += [f"{count:,} {name.replace('_', ' ')}" for name, count in campaign.counts.items()]
        if self.preview:
            lines += _dry_run_lines(self.preview)
        if self.preview and self.preview.treated:
            lines.append(f"To approve it: /campaign approve {campaign.id}")
        lines += words.delivery_lines(self.delivered)
        if self.news:
            lines.append(self.news)
        if campaign.may_leave:
            lines += words.missing_accounts(self.channels)
        return "\n".join(lines)

    def to_json(self) -> CampaignJson:
        return campaign_json(self.campaign, self.currency)


@dataclass(frozen=True, slots=True)
class CampaignList:
    """The newest campaigns."""

    campaigns: tuple[Campaign, ...]
    currency: str

    def to_text(self) -> str:
        if not self.campaigns:
            return EMPTY_LIST
        return "\n".join(words.campaign_line(each) for each in self.campaigns)

    def to_json(self) -> CampaignsJson:
        return {"campaigns": [campaign_json(each, self.currency) for each in self.campaigns]}


EMPTY_LIST = "There is no campaign yet. /campaign winback dry-runs one; nothing is sent."


@dataclass(frozen=True, slots=True)
class ResultsAnswer:
    """What a campaign brought."""

    results: Results

    def to_text(self) -> str:
        found = self.results
        return "\n".join(
            [
                words.heading(found),
                found.verdict,
                *words.result_lines(found),
                *words.caution_lines(found),
            ]
        )

    def to_json(self) -> ResultsJson:
        return results_json(self.results)
