"""What may leave: the gate, what it doubts, and what goes out instead."""
