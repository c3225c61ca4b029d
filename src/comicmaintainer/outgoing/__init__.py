"""Requests to other hosts: which addresses may be asked, and what bounds a request."""
