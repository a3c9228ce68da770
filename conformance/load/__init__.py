"""Many users at the same time, through locust: their orders, their processes, what they saw."""
