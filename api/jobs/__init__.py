"""Loops of the case service: escalation, reminders, surveys, and sending to subscribers."""
