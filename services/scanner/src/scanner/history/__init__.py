"""What products cost over time: how a price stands in its product's own history, what was told of it, and what came of that."""
