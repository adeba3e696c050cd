"""What training.specialist_train is made of: tuning of the small model, its export, QLoRA of a large one."""
