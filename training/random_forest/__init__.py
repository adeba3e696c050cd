"""What training.random_forest_train is made of: word vectors, and the export of its trees."""
