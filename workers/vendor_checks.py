"""Do vendors take our credentials? One harmless question each, by the adapters that do the work.

A question changes nothing at a vendor, so it is asked under FRONTDESK_HOLD as well: who has
restored a backup wants to know it before anything leaves. Tenants' own accounts are not asked:
theirs are told when they are used.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import text

from config.settings import Settings
from domain.database import SYSTEM, Begin
from domain.errors import ProviderError, Rejected
from domain.outbound.ports import Account, AccountStopped, Exchange
from domain.sealing import Keyring
from providers.openai.reader import OpenAIReader
from workers.findings import Finding, Level
from workers.vendors import billing, calls, messages, models, standing

LATELY: Final = timedelta(minutes=1)
NOT_SET: Final = "is not set"
REFUSED: Final = "does not take"
"""How each adapter says that a vendor knows us no more (providers/*/errors.py)."""

_ACCOUNTS: Final = text(
    "SELECT id, coalesce(nullif(provider, ''), name) AS vendor, name, integration_id,"
    " api_credentials FROM call_service_providers WHERE user_id IS NULL AND is_active"
    " ORDER BY priority, name LIMIT 20"
)


def vendors(settings: Settings, begin: Begin, keyring: Keyring) -> Iterator[Finding]:
    """Ask each vendor that is set up; stand-ins that nobody has started are not asked."""
    if not standing.is_real(settings) and settings.sandbox_url is None:
        words = "Stand-ins on this machine; `frontdesk up` starts them."
        yield Finding("vendors", Level.OK, words)
        return
    since = datetime.now(UTC) - LATELY
    texts, mails = messages.texts(settings), messages.mails(settings)
    yield ask(f"texts, {texts.vendor}", texts, lambda: texts.taken(since))
    if mails.can_be_asked:
        yield ask(f"letters, {mails.vendor}", mails, lambda: mails.taken(since))
    books = billing.books(settings)
    yield ask("money, stripe", books, books.customers)
    for reader in models.readers(settings):
        if isinstance(reader, OpenAIReader):
            yield ask(f"model, {reader.vendor}", reader, reader.greet)
            break  # the others are the same account's
    yield from _lines(settings, begin, keyring, since)


def _lines(
    settings: Settings, begin: Begin, keyring: Keyring, since: datetime
) -> Iterator[Finding]:
    exchange = calls.exchange(settings, begin, keyring)
    with begin(SYSTEM) as session:
        rows = session.execute(_ACCOUNTS).all()
    for row in rows:
        account = Account(
            id=row.id,
            user_id=None,
            vendor=row.vendor.casefold(),
            integration_id=row.integration_id,
            api_credentials=row.api_credentials,
        )
        yield _line(f"calls, {row.name}", exchange, account, since)


def _line(name: str, exchange: Exchange, account: Account, since: datetime) -> Finding:
    try:
        lines = exchange.lines(account)
    except AccountStopped as error:
        return _ill(name, error)
    return ask(name, lines, lambda: lines.live(since=since))


def ask(name: str, port: object, question: Callable[[], object]) -> Finding:
    """Ask one question, and say what the answer means."""
    try:
        question()
    except ProviderError as error:
        return _ill(name, error)
    finally:
        close: Callable[[], None] = getattr(port, "close", _nothing)
        close()
    return Finding(name, Level.OK, "Takes our credentials.")


def _nothing() -> None:
    """Let go of nothing: who is not set up has no connections."""


def _ill(name: str, error: ProviderError) -> Finding:
    words = f"{str(error)[:1].upper()}{str(error)[1:]}."
    if NOT_SET in words:
        return Finding(name, Level.WARNING, words, "Set it, or nothing goes that way.")
    if isinstance(error, Rejected | AccountStopped) or REFUSED in words:
        return Finding(name, Level.FAULT, words, "Mend the key; what waits goes on by itself.")
    return Finding(name, Level.WARNING, words, "Work waits, and is tried again by itself.")
