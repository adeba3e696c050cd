"""What the commands share: how arguments become a run, and what a person sees while it runs."""

INTERRUPTED = 130  # what a shell reports after Ctrl-C
