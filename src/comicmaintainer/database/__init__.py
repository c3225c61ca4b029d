"""The one shared SQLite database: connections, transactions, migrations, recovery."""
