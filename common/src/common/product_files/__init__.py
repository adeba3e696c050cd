"""Files of products, for the command line and for training: opening them, their rows, what a row says and how it is asked about."""
