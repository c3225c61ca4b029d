"""Tells when files in the watched folders have come, changed and come to rest."""
