"""What training.evaluate is made of: rows to price, pricers to ask, metrics, the report."""
