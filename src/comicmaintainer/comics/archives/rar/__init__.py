"""CBR: listed by its own headers, decoded by libarchive or unar."""
