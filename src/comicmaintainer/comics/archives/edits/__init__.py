"""Changes to a CBZ: planned, written without ever leaving a broken archive, and undone."""
