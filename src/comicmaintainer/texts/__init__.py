"""The texts that people read, in the language of a request.

`current` is what all rooms use: it translates into the language that is current. `catalogue` reads
the translations, and only the web makes one of them current; everywhere else texts are English.
"""
