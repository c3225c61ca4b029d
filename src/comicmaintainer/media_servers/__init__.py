"""The programs that show the library to readers, Komga and Kavita: what they are asked and told.

Nothing is asked of a server that no person has added, and each server only at its own address.
"""
