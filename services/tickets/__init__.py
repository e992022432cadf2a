"""Tickets from threads: taken in durably, created exactly once, kept in step, shown on one card."""
