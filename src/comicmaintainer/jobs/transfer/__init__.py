"""Export and import of jobs as JSON Lines."""
