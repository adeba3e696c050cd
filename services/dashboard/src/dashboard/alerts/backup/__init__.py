"""All that a person has set about alerts in one file, and its restoration part by part."""
