"""The exact engine: backward equations solved for one Timeline."""
