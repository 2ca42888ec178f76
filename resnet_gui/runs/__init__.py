"""Plain data about a training: settings, events, history and the folder on disk. No TensorFlow, no Qt."""
