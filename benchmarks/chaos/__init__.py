"""What breaks, tried against the whole product and a plain Celery task: `make chaos`."""
