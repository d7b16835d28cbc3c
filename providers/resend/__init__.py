"""Resend: mail."""
