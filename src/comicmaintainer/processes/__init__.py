"""The processes of the service: how they start, are supervised, and end."""
