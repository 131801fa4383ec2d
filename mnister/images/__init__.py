"""The floor both rooms stand on: pure functions from array to array, no configs, no models."""
