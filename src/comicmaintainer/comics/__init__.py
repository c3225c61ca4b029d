"""Comic archives and their contents: files in, values out; no database, no settings."""
