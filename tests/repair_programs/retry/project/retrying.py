"""Try again."""

import functools


def retry(times, *, on=(Exception,)):
    """Call a function up to `times` times while it raises one of `on`."""

    def decorate(function):
        @functools.wraps(function)
        def wrapper(*args, **kwargs):
            for attempt in range(times):
                try:
                    return function(*args, **kwargs)
                except on:
                    if attempt == times:
                        raise
            return None

        return wrapper

    return decorate
