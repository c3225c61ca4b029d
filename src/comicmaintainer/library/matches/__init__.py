"""What the files of a series were matched with, and what people decided about it."""
