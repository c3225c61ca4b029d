"""The catalogues of translations: complete, and made of exactly the texts in use."""
