"""Saved jobs and their schedules."""
