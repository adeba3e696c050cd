"""What a product is called: its identity as the text states it, an index of words, and whether two texts mean the same product."""
