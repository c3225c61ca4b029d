"""File identity, durable renames and replaces, and what a filesystem can be trusted with."""
