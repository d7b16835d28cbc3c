"""Google: calendars."""
