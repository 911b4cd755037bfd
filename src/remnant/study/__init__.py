"""In-silico trials: arms of treatment or follow-up on the same patients, in chunks, from one file."""
