"""Images of pages: headers, decoding within bounds, recoding."""
