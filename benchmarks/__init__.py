"""Programs that measure how quick ResNet GUI is; README.md says which and how to read them."""
