"""Which of the offers that are worth it a person is told of: rules, kept in the database, and what they would have sent."""
