"""Every table of ours, in one place: loaded whole, so that the metadata is."""

from typing import Final

from domain.tables.accounts import (
    ActiveSession,
    AuditLog,
    ConsentLog,
    IndustryConfiguration,
    Organization,
    OwnerNotificationSettings,
    User,
    UserAiSettings,
    UserPremiumFeatures,
)
from domain.tables.base import Table
from domain.tables.billing import (
    BillingLineItem,
    Subscription,
    SubscriptionPlan,
    TierSnapshot,
    UsageLimit,
    UserCallUsage,
)
from domain.tables.bookings import AvailabilitySlot, BookingHold
from domain.tables.calendars import CalendarEvent, CalendarEventLink, CalendarIntegration
from domain.tables.calling import CallingRules, VoiceConsent
from domain.tables.crm import Commission, Deal, Lead, LeadActivity, Review, ReviewInsight
from domain.tables.deliveries import WebhookConfig, WebhookDelivery
from domain.tables.effects import Effect, Errand, Pause
from domain.tables.events import Event
from domain.tables.figures import Analytics, ExchangeRate
from domain.tables.health import (
    ChurnAlert,
    HealthCalibration,
    HealthHistory,
    HealthScore,
    UpgradePrompt,
)
from domain.tables.ledgers import (
    ReconciliationFinding,
    ReconciliationRun,
    UsageCall,
    UsageCredit,
    UsageSms,
)
from domain.tables.messages import (
    Message,
    MessageTemplate,
    NumberRange,
    PaceBucket,
    SmsOptOut,
    SmsThreadLock,
    Suppression,
)
from domain.tables.metering import MeterEvent, TopUpPack
from domain.tables.ops import AlertNews, AlertTelling, ErrorLog, OpsAlert
from domain.tables.outbound import CallAttempt, CallCampaign, QueuedCall, TenantTurn
from domain.tables.referrals import Referral, ReferralCode, ReferralCommission, ReferralSetting
from domain.tables.signals import Faq, LatencyLog, SystemPrompt, TelephonyEvent, UnknownPhone
from domain.tables.sync import SyncLog
from domain.tables.telephony import Call, Customer
from domain.tables.transcripts import (
    AiBudget,
    AiUsageLog,
    BudgetReservation,
    ExtractionRun,
    ModelPrice,
    Question,
)
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
from domain.tables.work import PeriodicRun, RetentionRound, Supervisor

TABLES: Final[tuple[type[Table], ...]] = (
    User,
    Organization,
    UserAiSettings,
    IndustryConfiguration,
    ConsentLog,
    ActiveSession,
    AuditLog,
    UserPremiumFeatures,
    OwnerNotificationSettings,
    PeriodicRun,
    Supervisor,
    RetentionRound,
    OpsAlert,
    AlertTelling,
    AlertNews,
    Effect,
    Errand,
    Pause,
    Customer,
    Call,
    Event,
    CalendarIntegration,
    CalendarEvent,
    CalendarEventLink,
    AvailabilitySlot,
    BookingHold,
    SyncLog,
    Message,
    SmsOptOut,
    MessageTemplate,
    Suppression,
    SmsThreadLock,
    NumberRange,
    PaceBucket,
    ExtractionRun,
    Question,
    AiUsageLog,
    ModelPrice,
    AiBudget,
    BudgetReservation,
    Lead,
    LeadActivity,
    Deal,
    Commission,
    Review,
    ReviewInsight,
    Analytics,
    ExchangeRate,
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
    VoiceConsent,
    CallingRules,
    SubscriptionPlan,
    Subscription,
    UsageLimit,
    UserCallUsage,
    TierSnapshot,
    BillingLineItem,
    UsageCall,
    UsageSms,
    UsageCredit,
    TopUpPack,
    MeterEvent,
    ReconciliationRun,
    ReconciliationFinding,
    ReferralCode,
    Referral,
    ReferralCommission,
    ReferralSetting,
    HealthScore,
    HealthCalibration,
    HealthHistory,
    ChurnAlert,
    UpgradePrompt,
    ErrorLog,
    WebhookConfig,
    WebhookDelivery,
)
METADATA: Final = Table.metadata
