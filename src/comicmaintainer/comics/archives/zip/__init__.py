"""CBZ: read with a few positional reads, salvaged if damaged."""
