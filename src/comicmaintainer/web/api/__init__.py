"""The HTTP interface for programs, one module per noun; docs/api.md describes it."""
