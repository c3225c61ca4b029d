"""The kinds of job and their parameters: one module declares one kind, `kinds` finds them all."""
