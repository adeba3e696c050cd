"""What a service is made of and stands on: versions, memory, disk, and what a person should see to."""
