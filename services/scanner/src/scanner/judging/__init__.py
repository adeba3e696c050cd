"""What the ensemble is asked about a deal: its product without prices, what is asked for it, and what it was offered for before."""
