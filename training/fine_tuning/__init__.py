"""Parts of training.openai_fine_tune: the examples drawn, the API, one job from files to model, what is kept between runs."""
