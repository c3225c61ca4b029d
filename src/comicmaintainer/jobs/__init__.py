"""What work was asked for and how far it is; knows nothing about comics."""
