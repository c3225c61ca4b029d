"""The pages of one comic: lists, contents, fingerprints, likeness, verification."""
