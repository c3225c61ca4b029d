"""PDF comics: their pages as they are shown."""
