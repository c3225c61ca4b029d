"""What tests of several rooms share: one noun a module."""
