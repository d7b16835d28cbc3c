"""Microsoft Graph's other end, as far as calendars go."""
