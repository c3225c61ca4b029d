"""What each kind of job plans for one file."""
