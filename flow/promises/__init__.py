"""What must always hold between a shop, its insurer and their customer.

Each promise is a pure function of a journey's history: it reads only what was observed, so it
holds any backend and any shop to account. A broken promise is a finding with a name, never an
exception. All are looked at after every step; one that reads nothing new rests.
"""
