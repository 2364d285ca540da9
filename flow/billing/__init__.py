"""What the shop gives its customer in writing: confirmation, tax invoice, credit notes, e-mails."""
