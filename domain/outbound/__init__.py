"""Outbound: who is called next, over which account, and when a call has ended."""
