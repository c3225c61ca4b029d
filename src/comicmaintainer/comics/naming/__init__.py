"""File names: templates, safe characters, spelling, and what sets two names apart."""
