"""What the notifier remembers: notifications, their deliveries, and who serves which channel, in SQLite or PostgreSQL."""
