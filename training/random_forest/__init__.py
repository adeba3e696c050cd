"""What training.random_forest_train is made of: samples, words, the forest and its export, the calibration, the figures."""
