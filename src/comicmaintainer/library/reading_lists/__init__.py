"""Reading lists: their entries in order, and the files of the catalogue that they are."""
