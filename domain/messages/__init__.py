"""Confirmations, reminders and replies."""
