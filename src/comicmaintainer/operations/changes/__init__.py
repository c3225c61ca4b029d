"""A change from plan to row: its form, its steps on disk, the end after a crash, the undo."""
