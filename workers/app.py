"""The Celery application: `celery -A workers.app worker`."""

from celery import Celery

from workers import lifecycle

app = Celery(
    "frontdesk",
    include=[
        "tasks.growth",
        "tasks.health",
        "tasks.calendars",
        "tasks.messages",
        "tasks.outbound",
        "tasks.transcripts",
        "tasks.billing",
        "tasks.upkeep",
        "tasks.webhooks",
    ],
)
app.config_from_object("celeryconfig")
lifecycle.connect()
