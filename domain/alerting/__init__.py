"""Telling people of alerts: operators of what is wrong, managers of their accounts."""
