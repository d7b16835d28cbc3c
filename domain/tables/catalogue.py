"""Every table of ours, in one place: loaded whole, so that the metadata is."""

from typing import Final

from domain.tables.accounts import User
from domain.tables.base import Table
from domain.tables.billing import (
    BillingLineItem,
    Subscription,
    SubscriptionPlan,
    TierSnapshot,
    UsageLimit,
    UserCallUsage,
)
from domain.tables.effects import Effect, Errand, Pause
from domain.tables.events import Event
from domain.tables.health import ChurnAlert, HealthHistory, HealthScore, UpgradePrompt
from domain.tables.ledgers import (
    ReconciliationFinding,
    ReconciliationRun,
    UsageCall,
    UsageCredit,
    UsageSms,
)
from domain.tables.messages import Message, SmsOptOut
from domain.tables.ops import ErrorLog, OpsAlert
from domain.tables.outbound import CallAttempt, CallCampaign, QueuedCall, TenantTurn
from domain.tables.referrals import Referral, ReferralCode, ReferralCommission, ReferralSetting
from domain.tables.signals import Faq, LatencyLog, SystemPrompt, TelephonyEvent, UnknownPhone
from domain.tables.telephony import Call, Customer
from domain.tables.transcripts import AiUsageLog, ExtractionRun, ModelPrice, Question
from domain.tables.vendors import (
    Agent,
    CallServiceProvider,
    CallTemplate,
    Integration,
    ProviderPhoneNumber,
    UserPhoneNumber,
    VoiceOption,
)
from domain.tables.webhooks import Webhook, WebhookPayload
from domain.tables.work import PeriodicRun, Supervisor

TABLES: Final[tuple[type[Table], ...]] = (
    User,
    PeriodicRun,
    Supervisor,
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
    Integration,
    Agent,
    CallServiceProvider,
    ProviderPhoneNumber,
    VoiceOption,
    CallTemplate,
    UserPhoneNumber,
    TelephonyEvent,
    LatencyLog,
    UnknownPhone,
    Faq,
    SystemPrompt,
    CallCampaign,
    QueuedCall,
    CallAttempt,
    TenantTurn,
    SubscriptionPlan,
    Subscription,
    UsageLimit,
    UserCallUsage,
    TierSnapshot,
    BillingLineItem,
    UsageCall,
    UsageSms,
    UsageCredit,
    ReconciliationRun,
    ReconciliationFinding,
    ReferralCode,
    Referral,
    ReferralCommission,
    ReferralSetting,
    HealthScore,
    HealthHistory,
    ChurnAlert,
    UpgradePrompt,
    ErrorLog,
)
METADATA: Final = Table.metadata
