"""Lives one by one: the forward engine. It knows arrays and nothing of the exact engine, which it checks."""

from remnant.sampler.sample import SampleOptions, sample_timeline

__all__ = ["SampleOptions", "sample_timeline"]
