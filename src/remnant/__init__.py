"""Why, when and where cancer comes back after treatment."""
