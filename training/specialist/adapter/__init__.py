"""Fine-tunes a large base with an adapter (QLoRA), as --preset seed of specialist_train."""
