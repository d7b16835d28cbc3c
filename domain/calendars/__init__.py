"""The owner's calendars elsewhere, kept in step with ours, and what is free in them."""
