"""What training.ensemble_train is made of: the members' estimates, the fit and its calibration, comparisons, the artifact."""
