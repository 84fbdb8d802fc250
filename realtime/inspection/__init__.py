"""What softfocus and the models that are here see in a picture: drawn over it, or cut out of it."""
