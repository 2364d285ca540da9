"""What the insurer gives its customer in writing: certificate, policy wording, e-mails."""
