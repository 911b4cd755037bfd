"""What becomes of people after one course of care: exactly, and by sampled lives."""

from pathlib import Path

import remnant as rm

timeline = rm.Timeline.from_json(Path(__file__).with_name("resting_cells.json"))
print(timeline)

exact = rm.solve(timeline, times=[365, 1826, 3652])
lives = rm.sample(timeline, patients=100_000, seed=1, times=[365, 1826, 3652])
for i, day in enumerate(exact.times):
    sampled = f"{lives.recurrence_free[i]:.4f} +- {lives.standard_error[i]:.4f} sampled"
    print(f"day {day:g}: {exact.recurrence_free[i]:.4f} exact, {sampled}")
print("given well at day 1826:", exact.conditional(1826))
print("first found at:", {site: curve[-1] for site, curve in exact.incidence(by="site").items()})
