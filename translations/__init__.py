"""Keeps the catalogues of translations: finds every text in the sources, and updates the .po files.

`python -m translations` updates all of them; `python -m translations fr` begins a new one. See
docs/contributing/add-a-language.md.
"""
