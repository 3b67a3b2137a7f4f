import unittest

from shop.cart import Cart


class CartTest(unittest.TestCase):
    def setUp(self):
        self.cart = Cart({"pen": 2, "desk": 150})

    def test_empty(self):
        """Empty."""
        self.assertEqual(self.cart.gross(), 0)

    def test_no_discount(self):
        """No discount."""
        self.cart.add("pen", 10)
        self.assertEqual(self.cart.net(), 20)
        self.assertEqual(self.cart.gross(), 25)

    def test_discount(self):
        """Discount."""
        self.cart.add("desk")
        self.assertEqual(self.cart.net(), 135)

    def test_quantities_add_up(self):
        """Quantities add up."""
        self.cart.add("pen")
        self.cart.add("pen", 2)
        self.assertEqual(self.cart.lines, {"pen": 3})
