"""File names within one job and beside other files: who gets which."""
