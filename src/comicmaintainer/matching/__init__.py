"""Finds out which series and issue a comic is, from what its files and a source say.

Pure: values in, values out. It knows no HTTP and no database. `model` has the values, `questions`
what matching wants to know from a source.
"""
