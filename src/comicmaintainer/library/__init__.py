"""Which comic files exist, where they may lie, and what was changed about them."""
