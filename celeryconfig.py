"""How the queue behaves, on one page. Names are Celery's own; reasons stand beside each.

Redis may be flushed at any moment and nothing is lost, because the row is the job and a
message is only its doorbell (docs/architecture.md, sentence 1). So nothing here keeps results,
retries, or waits.
"""

from celery.schedules import crontab

from config.settings import settings
from domain.work.names import SWEEPS, Area, TaskName

broker_url = settings().broker
timezone = "UTC"

# Messages: ids in JSON, and nothing comes back.
accept_content = ["json"]
task_serializer = "json"
result_backend = None
task_ignore_result = True
task_store_errors_even_if_ignored = False
task_acks_late = (
    False  # the row is the acknowledgement; a late one only doubles (docs/evidence.md B2, B11)
)
worker_prefetch_multiplier = 1
task_create_missing_queues = True
task_default_queue = Area.UPKEEP.value
task_routes = {f"{area}.*": {"queue": area.value} for area in Area}

# A frozen broker costs a caller two seconds, not forty, and a connection that was swallowed is
# noticed instead of waited on for ever (docs/evidence.md C7, B18).
task_publish_retry = False
broker_transport_options = {
    "socket_timeout": 5,
    "socket_connect_timeout": 2,
    "socket_keepalive": True,
    "health_check_interval": 5,
    "retry_on_timeout": False,
    "max_retries": 0,
    "visibility_timeout": 3600,
}
broker_connection_retry_on_startup = True
broker_connection_max_retries = None
broker_connection_timeout = 2

# Time: a task ends by itself long before; these are for one that hangs.
task_soft_time_limit = 300
task_time_limit = 330
worker_max_tasks_per_child = 1000
worker_max_memory_per_child = 600_000  # kilobytes

worker_consumer = "workers.consumer:Consumer"  # a message of a strange shape must not end us

# What is said, and to whom.
worker_send_task_events = True  # Flower
task_send_sent_event = False
worker_enable_remote_control = True  # Flower
worker_hijack_root_logger = False
worker_redirect_stdouts = False

EVERY_SWEEP = 5.0
"""Seconds between two sweeps of an area: what a lost bell costs at most."""

beat_schedule = {
    **{name.value: {"task": name.value, "schedule": EVERY_SWEEP} for name in SWEEPS.values()},
    **{
        f"measure.{area}": {
            "task": TaskName.UPKEEP_MEASURE.value,
            "schedule": 60.0,
            "args": (area.value,),
            "options": {"queue": area.value},
        }
        for area in Area
    },
    "growth.insights": {
        "task": TaskName.GROWTH_INSIGHTS.value,
        "schedule": crontab(hour="5", minute="47"),
    },
    "growth.nudge": {
        "task": TaskName.GROWTH_NUDGE.value,
        "schedule": crontab(hour="6", minute="57"),
    },
    "health.score": {
        "task": TaskName.HEALTH_SCORE.value,
        "schedule": crontab(hour="1,7,13,19", minute="27"),
    },
    # Looks for channels that are about to end, and for calendars not compared for a week.
    "calendars.renew": {"task": TaskName.CALENDARS_RENEW.value, "schedule": 60.0},
    "messages.compare": {
        "task": TaskName.MESSAGES_COMPARE.value,
        "schedule": crontab(minute="33"),
        "args": ("2",),
    },
    "messages.compare_the_day": {
        "task": TaskName.MESSAGES_COMPARE.value,
        "schedule": crontab(hour="4", minute="13"),
        "args": ("30",),
    },
    "billing.meter": {"task": TaskName.BILLING_METER.value, "schedule": crontab(minute="23")},
    "billing.reconcile": {
        "task": TaskName.BILLING_RECONCILE.value,
        "schedule": crontab(hour="2", minute="43"),
    },
    # A notice that was lost costs a slot for so long.
    "outbound.reconcile": {"task": TaskName.OUTBOUND_RECONCILE.value, "schedule": 15.0},
    "upkeep.invariants": {"task": TaskName.UPKEEP_INVARIANTS.value, "schedule": 60.0},
    "upkeep.overdue": {"task": TaskName.UPKEEP_OVERDUE.value, "schedule": 60.0},
    # Twice a minute: what others write clear is sealed within one, however the slots fall.
    "upkeep.seal": {"task": TaskName.UPKEEP_SEAL.value, "schedule": 30.0},
    "upkeep.partitions": {
        "task": TaskName.UPKEEP_PARTITIONS.value,
        "schedule": crontab(minute="7"),  # hourly: what was locked is tried again soon
    },
    "upkeep.rollup": {"task": TaskName.UPKEEP_ROLLUP.value, "schedule": crontab(minute="37")},
    "upkeep.retention": {
        "task": TaskName.UPKEEP_RETENTION.value,
        "schedule": crontab(hour="3", minute="17"),
    },
}
