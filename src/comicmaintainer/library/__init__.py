"""The comic files of the library: the roots, the catalogue, and the journal of changes."""
