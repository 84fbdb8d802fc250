"""Heavy models that teach the light one: they answer late, and what they know better is carried on."""
