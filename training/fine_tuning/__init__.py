"""Parts of training.openai_fine_tune: the examples, the API, and what is kept between runs."""
