"""PDF comics, whose pages are read as a viewer shows them."""
