"""CalDAV: Apple's calendars, and every other server that speaks the standard."""
