"""What the discriminator believes: its confidence, the evidence for it, and its calibration."""
