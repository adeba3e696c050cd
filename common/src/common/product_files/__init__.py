"""Products: opening files of them, their rows, what a row says and how it is asked about, and which one a title names."""
