"""What the command line does without serving: trace, replay, doctor, export, import, backup, restore."""
