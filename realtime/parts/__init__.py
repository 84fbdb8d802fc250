"""Parts of a person, and an effect that is bound to one of them."""
