"""How the prices that are asked move, by category and week."""
