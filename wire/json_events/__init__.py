"""Any sender's JSON as events: its body, its signature, and what hosted data tags send."""
