"""A live run's threads: capture, work, delivery, and who watches over them."""
