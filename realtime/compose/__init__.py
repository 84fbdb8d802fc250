"""The person before what is seen in the room's place, plane by plane."""
