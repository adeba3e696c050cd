"""Products: opening files of them, their rows, what a row says and how it is asked about, and what a title says of which one it is."""
