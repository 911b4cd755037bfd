"""The page: the questions people ask, in a browser. The only place that knows a web framework."""
