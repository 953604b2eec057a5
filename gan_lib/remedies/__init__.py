"""What keeps a training healthy: penalties, similarity within a batch, ink, augment, mismatch."""
