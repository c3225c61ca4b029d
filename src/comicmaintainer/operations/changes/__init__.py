"""A change from plan to row: what it is, how it is carried out, settled and undone."""
