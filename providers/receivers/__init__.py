"""Tenants' own addresses, which lie anywhere and may mean us harm."""
