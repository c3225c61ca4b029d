"""Reads comics in helper processes, because anybody may have made the files."""
