"""The windows that the Train tab's form opens: the network's layers, augmentation, the rate finder."""
