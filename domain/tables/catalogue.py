"""Every table of ours, in one place: loaded whole, so that the metadata is."""

from typing import Final

from domain.tables.accounts import User
from domain.tables.base import Table
from domain.tables.effects import Effect, Errand, Pause
from domain.tables.events import Event
from domain.tables.messages import Message, SmsOptOut
from domain.tables.ops import OpsAlert
from domain.tables.telephony import Call, Customer
from domain.tables.transcripts import AiUsageLog, ExtractionRun, ModelPrice, Question
from domain.tables.webhooks import Webhook, WebhookPayload
from domain.tables.work import PeriodicRun, RetentionRound, Supervisor

TABLES: Final[tuple[type[Table], ...]] = (
    User,
    PeriodicRun,
    Supervisor,
    RetentionRound,
    OpsAlert,
    Effect,
    Errand,
    Pause,
    Customer,
    Call,
    Event,
    Message,
    SmsOptOut,
    ExtractionRun,
    Question,
    AiUsageLog,
    ModelPrice,
    Webhook,
    WebhookPayload,
)
METADATA: Final = Table.metadata
