"""The rules by which metadata and names are derived, and what they are derived from."""
