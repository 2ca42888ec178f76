"""Using a trained network without TensorFlow."""
