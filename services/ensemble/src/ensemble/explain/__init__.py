"""What stands behind a price: which attribute that a text leaves unsaid would narrow it, and which of its words make it."""
