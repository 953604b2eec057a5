"""What keeps a training healthy: penalties on the discriminator, similarity within a batch."""
