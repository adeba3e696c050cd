"""Makes the small specialist of our own: pre-training, teachers, distillation, export."""
