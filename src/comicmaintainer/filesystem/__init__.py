"""File identity, durable renames and replacements, and the reliability of filesystems."""
