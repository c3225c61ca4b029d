"""Images of pages: headers, bounded decoding, recoding."""
