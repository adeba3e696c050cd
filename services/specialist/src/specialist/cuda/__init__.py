"""The forward pass of a large base on a GPU: fp8 or NF4, CUDA graphs, prices by one pass over a tree of tokens."""
