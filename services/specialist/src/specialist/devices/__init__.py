"""A model on each of several GPUs behind the one port: a process for each, and batches to whichever has least to do."""
