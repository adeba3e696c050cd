"""What should this cost: a text that a person types, or a product's page by its address, and whether an offer of it is good."""
