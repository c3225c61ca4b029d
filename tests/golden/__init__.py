"""Recorded answers of the product: what other programs and older databases rely on."""
