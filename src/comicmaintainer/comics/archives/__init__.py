"""Comic archives on disk: read in every format, written as CBZ without ever losing a page."""
