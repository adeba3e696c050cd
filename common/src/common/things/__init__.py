"""What a title says of a thing: its kind and its words in one form, its numbers, sizes and standards."""
