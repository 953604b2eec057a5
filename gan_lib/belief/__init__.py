"""What the discriminator believes: verdicts, the evidence for them, calibration."""
