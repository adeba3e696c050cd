"""What frontier-rag's commands are made of: embedder, collection, bundle; the local estimator and its calibration; the map."""
