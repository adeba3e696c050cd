"""Rows of products: files, parts and folds that share no product, and when two texts are the same product."""
