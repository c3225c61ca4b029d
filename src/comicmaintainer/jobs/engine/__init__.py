"""Running items: claims, leases, batches, results, and the workers that do it."""
