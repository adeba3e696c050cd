"""What the scanner remembers: feeds, deals, opportunities, the outbox and scans, in SQLite or PostgreSQL."""
