import unittest

from stock.inventory import Inventory


class InventoryTest(unittest.TestCase):
    def setUp(self):
        self.inventory = Inventory(minimum=3)
        self.inventory.receive("bolt", 10)
        self.inventory.receive("nut", 2)

    def test_available(self):
        """Available."""
        self.assertEqual(self.inventory.available("bolt"), 10)
        self.assertEqual(self.inventory.available("gear"), 0)

    def test_reserve(self):
        """Reserve."""
        self.assertTrue(self.inventory.reserve("bolt", 4))
        self.assertEqual(self.inventory.available("bolt"), 6)
        self.assertTrue(self.inventory.reserve("bolt", 6))
        self.assertFalse(self.inventory.reserve("bolt", 1))

    def test_to_order(self):
        """To order."""
        self.assertEqual(self.inventory.to_order(), ["nut"])
        self.inventory.reserve("bolt", 8)
        self.assertEqual(self.inventory.to_order(), ["bolt", "nut"])
