"""What the trainers of frontier-rag are made of: cached vectors, words, trees, calibration."""
