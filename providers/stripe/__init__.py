"""Stripe: what tenants pay us."""
