"""The kinds of job and their parameters: each module declares one kind, and `kinds` finds them."""
