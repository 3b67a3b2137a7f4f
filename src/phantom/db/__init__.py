"""The application's database: SQLite or PostgreSQL, one set of models."""
