"""ComicMaintainer keeps a library of comic archives in order."""

__version__ = "0.1.0"
