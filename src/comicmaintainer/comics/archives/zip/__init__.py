"""CBZ: read with a few positional reads, salvaged where it is damaged."""
