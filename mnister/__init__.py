"""MNISTER: train a handwritten-digit network from config files, read pictures with it."""
