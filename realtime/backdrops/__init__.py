"""What is seen where nobody is: the room blurred, a picture, or a plain colour."""
