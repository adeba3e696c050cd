"""How the ensemble's weights are fitted, compared and judged."""
