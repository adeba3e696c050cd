"""What should this cost: a description that a person types."""
