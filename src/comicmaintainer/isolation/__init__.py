"""Helper processes for work on what may be hostile: limited in memory and time, and replaceable.

Knows nothing of comics. `pool` is what callers use; `helper` is the program that is started.
"""
