"""Scans: they update the catalogue from the disk."""
