"""Files with the same pages, and files that look alike."""
