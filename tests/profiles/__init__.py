"""What the profiles know beside their scenarios."""
