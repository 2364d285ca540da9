"""What is going on at the simulated insurer, live: journeys, mails, webhooks, clock and faults."""
