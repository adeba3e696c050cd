"""The things that a person wants, in words and at a price, and which offers are such a thing."""
