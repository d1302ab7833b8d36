"""Files from outside, read: bounded, and total on hostile input."""
