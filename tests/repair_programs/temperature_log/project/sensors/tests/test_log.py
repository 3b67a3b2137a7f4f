from unittest import TestCase

from sensors.log import Log, convert


class LogTest(TestCase):
    def test_units(self):
        """Units."""
        log = Log()
        log.record(212, "F")
        log.record(10)
        self.assertEqual([100, 10], log.readings)

    def test_fahrenheit_log(self):
        """Fahrenheit log."""
        log = Log("F")
        log.record(0, "C")
        self.assertEqual(32, log.peak())

    def test_mean(self):
        """Mean."""
        log = Log()
        for value in (1, 2, 3, 4):
            log.record(value)
        self.assertEqual(2.5, log.mean())
        self.assertEqual(3.5, log.mean(last=2))

    def test_no_peak(self):
        """No peak."""
        self.assertIsNone(Log().peak())

    def test_convert(self):
        """Convert."""
        self.assertEqual(50, convert(10, "C", "F"))
