"""From what a person typed to the frozen dataclass of a run: below a command nobody knows argparse."""
