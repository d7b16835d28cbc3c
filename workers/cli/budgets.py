"""`frontdesk budgets` and `frontdesk prices`: what models may cost, and what they do cost."""

from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated, Final

import typer

from domain.database import SYSTEM
from domain.errors import Refusal
from domain.metering import budgets as purse
from domain.metering import price_list
from domain.metering.price_list import PROVIDERS, Price
from domain.work import tenants
from workers.cli.control import as_id
from workers.cli.frame import AsJson, app, at_hand, out, show, show_json
from workers.reach import reach

NAME: Final = "frontdesk budgets"
budgets: typer.Typer = typer.Typer(help="What models may cost a tenant.", no_args_is_help=True)
prices: typer.Typer = typer.Typer(help="What models cost.", no_args_is_help=True)
app.add_typer(budgets, name="budgets")
app.add_typer(prices, name="prices")


@budgets.command("show")
def show_budgets(
    tenant: Annotated[str, typer.Option(help="Only this tenant's, by id.")] = "",
    *,
    as_json: AsJson = False,
) -> None:
    """Show each tenant's newest month: its limits, what is spent, what requests hold."""
    user_id = as_id(tenant) if tenant else None
    with at_hand() as given, reach(given, name=NAME)(SYSTEM) as session:
        found = purse.shown(session, user_id)
    if as_json:
        show_json(found)
        return
    columns = ["user_id", "period_start", "currency", "soft_limit", "hard_limit", "spent"]
    columns.append("reserved")
    show("Budgets for models", columns, [[row[name] for name in columns] for row in found])


@budgets.command("set")
def set_budget(
    tenant: Annotated[str, typer.Argument(help="The tenant's id.", metavar="ID")],
    hard: Annotated[str, typer.Option(help="A month's end of it; none: no limit.")] = "",
    soft: Annotated[str, typer.Option(help="From here on an alert stands; none: none.")] = "",
    currency: Annotated[str, typer.Option(help="Of both, such as SEK.")] = "USD",
) -> None:
    """Set what a tenant may spend on models in a month, from this month on."""
    user_id = as_id(tenant)
    limits = {"soft": _amount("--soft", soft), "hard": _amount("--hard", hard)}
    if limits["soft"] and limits["hard"] and limits["soft"] > limits["hard"]:
        raise Refusal("--soft is passed first: it must not be above --hard.")
    with at_hand() as given, reach(given, name=NAME)(SYSTEM) as session:
        tenants.check(session, user_id)
        purse.limit(session, user_id, currency=currency.upper(), **limits)
    told = ", ".join(f"{name} {value}" for name, value in limits.items() if value is not None)
    out.print(f"tenant {tenant}: {told or 'no limit'} ({currency.upper()})", highlight=False)


@prices.command("list")
def list_prices(*, as_json: AsJson = False) -> None:
    """Show today's prices, in dollars for a million tokens, and where they are from."""
    with at_hand() as given, reach(given, name=NAME)(SYSTEM) as session:
        found = price_list.listed(session)
    if as_json:
        show_json(found)
        return
    columns = ["provider", "model", "valid_from", "prompt_usd", "cached_usd", "completion_usd"]
    columns.append("source")
    show("Prices of models", columns, [[row[name] for name in columns] for row in found])


@prices.command("take")
def take_prices(
    file: Annotated[Path, typer.Argument(help="A list in the shape of LiteLLM's.")],
) -> None:
    """Take the prices of a newer list: dated from now, but for those that you set yourself."""
    told = price_list.read(file)
    with at_hand() as given, reach(given, name=NAME)(SYSTEM) as session:
        changed = price_list.take(session, told, source=file.name)
    out.print(f"{len(told)} prices read, {len(changed)} changed.", highlight=False)
    for one in changed:
        out.print(f"{one.provider} {one.model}: {one.prompt} / {one.cached} / {one.completion}")


@prices.command("set")
def set_price(
    provider: Annotated[str, typer.Argument(help="openai or openrouter.")],
    model: Annotated[str, typer.Argument(help="As the vendor names it.")],
    prompt: Annotated[str, typer.Option(help="Dollars for a million tokens asked.")],
    completion: Annotated[str, typer.Option(help="Dollars for a million tokens answered.")],
    cached: Annotated[str, typer.Option(help="Of those asked, from the cache.")] = "",
    since: Annotated[str, typer.Option(help="From this moment on, in ISO 8601; now.")] = "",
) -> None:
    """Set a price of your own; no list changes it."""
    if provider not in PROVIDERS:
        raise Refusal(f"There is no {provider}: {', '.join(sorted(PROVIDERS))}.")
    asked, answered = _amount("--prompt", prompt), _amount("--completion", completion)
    if asked is None or answered is None:
        raise Refusal("--prompt and --completion: dollars for a million tokens, such as 0.15.")
    price = Price(provider, model, asked, _amount("--cached", cached) or asked, answered)
    with at_hand() as given, reach(given, name=NAME)(SYSTEM) as session:
        price_list.put(session, price, since=_moment(since))
    out.print(f"{provider} {model} costs {asked} / {price.cached} / {answered}.", highlight=False)


def _amount(name: str, said: str) -> Decimal | None:
    if not said:
        return None
    try:
        found = Decimal(said)
    except InvalidOperation:
        found = Decimal(-1)
    if not found.is_finite() or found < 0:
        raise Refusal(f"{name} must be an amount, such as 25 or 0.15.")
    return found


def _moment(said: str) -> datetime | None:
    if not said:
        return None
    try:
        found = datetime.fromisoformat(said)
    except ValueError:
        raise Refusal("--since must be a moment, such as 2026-11-20T08:00.") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
