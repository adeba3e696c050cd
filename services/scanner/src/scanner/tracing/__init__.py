"""What a scan did when, and what came of each item: recorded while it runs, kept with it, and told in sentences as it happens."""
