"""The parts of training.price_catalogue: reading any catalogue, asking a pricer for a chunk of it, writing the priced rows."""
