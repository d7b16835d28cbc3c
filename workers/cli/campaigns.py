"""Commands on campaigns: start, pause, go on, call off."""

from typing import Annotated, Final

import typer

from domain.database import SYSTEM
from domain.outbound import campaigns
from domain.tables.outbound import CampaignStatus
from domain.work import orders
from domain.work.orders import Order
from workers.cli.control import as_id
from workers.cli.frame import app, at_hand, out
from workers.cli.operators import Reason, whoever
from workers.reach import reach

campaign: Final = typer.Typer(
    help="Calls with one purpose: start, pause, go on, call off.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.add_typer(campaign, name="campaign")

CampaignId = Annotated[str, typer.Argument(help="The campaign's id.", metavar="ID")]


@campaign.command()
def start(campaign_id: CampaignId, reason: Reason = "") -> None:
    """Have a campaign's calls placed."""
    _move(campaign_id, CampaignStatus.RUNNING, "start", "runs", reason)


@campaign.command()
def pause(campaign_id: CampaignId, reason: Reason = "") -> None:
    """Place no more of its calls; those under way end by themselves."""
    _move(campaign_id, CampaignStatus.PAUSED, "pause", "is paused", reason)


@campaign.command()
def resume(campaign_id: CampaignId, reason: Reason = "") -> None:
    """Go on placing its calls."""
    _move(campaign_id, CampaignStatus.RUNNING, "resume", "goes on", reason)


@campaign.command()
def cancel(campaign_id: CampaignId, reason: Reason = "") -> None:
    """Call off a campaign and every call of it that waits; those under way end by themselves."""
    key = as_id(campaign_id)
    _move(campaign_id, CampaignStatus.CANCELED, "cancel", "is called off", reason)
    with at_hand() as given:
        begin = reach(given, name="frontdesk campaign")
        more = True
        while more:
            with begin(SYSTEM) as session:
                more = campaigns.call_off(session, key)
        with begin(SYSTEM) as session:
            left = campaigns.under_way(session, key)
    if left:
        out.print(f"{left} of its calls are under way, and end by themselves.", highlight=False)


def _move(campaign_id: str, to: CampaignStatus, action: str, words: str, reason: str) -> None:
    key = as_id(campaign_id)
    with at_hand() as given, reach(given, name="frontdesk campaign")(SYSTEM) as session:
        campaigns.move(session, key, to)
        orders.note(
            session,
            Order(action=action, kind="campaign", subject=str(key), by=whoever(), reason=reason),
        )
    out.print(f"campaign {campaign_id} {words}.", highlight=False)
