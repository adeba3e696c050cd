"""What the notifier tells of itself."""
