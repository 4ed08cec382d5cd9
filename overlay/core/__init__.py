"""The pure core: frames become events, events become facts, facts become state. No clock, network, disk or log."""
