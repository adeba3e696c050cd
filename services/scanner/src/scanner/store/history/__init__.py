"""What products were offered for, and what pushes came to."""
