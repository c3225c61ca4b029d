"""What kinds of job there are and which parameters they take."""
