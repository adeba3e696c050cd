"""The parts of training.judge_train and training.evaluate_deals: published deals whose worth is known, fits, and what counts."""
