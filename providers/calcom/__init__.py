"""Cal.com: bookings."""
