"""Offline scripts that make the artifacts which the services load. Run each as `python -m training.<name> --help`."""
