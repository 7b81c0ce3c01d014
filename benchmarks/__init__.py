"""Measurements that anyone can repeat, each beside the raw limit of the same machine in the same run."""
