"""The rules for deriving metadata and names, and the evidence for them."""
