"""What the models know: the map of the products."""
