"""One item from claim to result: containment, run, catalogue, recovery."""
