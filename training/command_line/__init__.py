"""What the commands share: how arguments become a run, and what a person sees while it runs."""
