"""Changes to a CBZ: planned, written so that no instant holds a broken archive, undone."""
