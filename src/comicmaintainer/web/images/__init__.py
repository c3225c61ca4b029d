"""Covers and page images, made by a helper process within bounds."""
