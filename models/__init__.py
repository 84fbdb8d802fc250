"""What softfocus knows about segmentation models: which there are, where they lie, how to run them."""
