"""Notices files in the watched folders that are new or changed and no longer written to."""
