"""What keeps a training healthy: penalties, similarity, ink, augment, mismatch, vectors."""
