"""Tells when files in the watched folders have come, changed and settled."""
