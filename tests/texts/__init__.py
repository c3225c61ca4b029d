"""Translating, and recognising what was made in English."""
