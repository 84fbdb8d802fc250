"""What holds the frame rate: how much work a frame gets, given how long frames took."""
