"""Other people's models, where the user has them, timed in turn with ours on the same column; none of them is here."""
