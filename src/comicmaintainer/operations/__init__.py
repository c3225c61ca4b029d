"""What one item of a job does to one comic: plan, apply, undo."""
