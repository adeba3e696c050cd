"""Parts of training.baselines: what simple predictors, people and chat models say of a price."""
