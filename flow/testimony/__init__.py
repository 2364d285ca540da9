"""What anybody's calls testify to: money, status, and the promises that they can break."""
