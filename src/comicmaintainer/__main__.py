"""`python -m comicmaintainer`: the command line."""

from comicmaintainer.cli.main import main

main()
