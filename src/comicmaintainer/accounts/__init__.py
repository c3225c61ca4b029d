"""Who may use the service: users, sessions, API keys and the first setup."""
