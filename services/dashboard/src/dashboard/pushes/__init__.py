"""What was pushed and what could not be."""
