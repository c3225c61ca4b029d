"""What comic archives hold: files in, values out; no database, no settings."""
