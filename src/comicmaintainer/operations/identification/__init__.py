"""Finds out which issue a comic is: asks matching, sources and people's decisions about it."""
