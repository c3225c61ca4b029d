"""File names: templates, safe characters, spelling, and distinctions between names."""
