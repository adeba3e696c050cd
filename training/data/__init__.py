"""Rows of products: files, parts and folds that share no product, weights in pounds, and when two texts are the same product."""
