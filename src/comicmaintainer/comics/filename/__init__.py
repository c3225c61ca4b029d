"""Parses comic file names: series, issue, volume, year and more.

`parser` is imported by those who parse names, not here: many modules need only `model` or
`vocabulary`.
"""
