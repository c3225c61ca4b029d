"""CBR: listed from its headers, decoded by libarchive or unar."""
