"""Microsoft Graph: calendars."""
