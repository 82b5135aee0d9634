"""Settings of all tests."""

from hypothesis import HealthCheck, settings

# The same cases on every machine, however slow it is: a failure is then the code's.
settings.register_profile("repeatable", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("repeatable")
