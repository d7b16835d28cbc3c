"""Stripe's other end: customers, subscriptions with a clock of their own, money, meters, events."""
