"""The catalogue: rows of files, search, listings, counts."""
