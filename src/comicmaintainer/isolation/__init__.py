"""Helper processes for work on possibly hostile data: limited in memory and time, replaceable.

Independent of comics. Callers use `pool`; `helper` is the program that runs in the processes.
"""
