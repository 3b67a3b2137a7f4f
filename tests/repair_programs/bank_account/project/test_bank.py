import unittest

from bank import Account, InsufficientFunds


class AccountTest(unittest.TestCase):
    def setUp(self):
        self.account = Account("ada", 100, overdraft=50)

    def test_all_of_it(self):
        """All of it."""
        self.account.withdraw(150)
        self.assertEqual(self.account.balance, -50)

    def test_too_much(self):
        """Too much."""
        with self.assertRaises(InsufficientFunds):
            self.account.withdraw(151)

    def test_empty(self):
        """Empty."""
        poor = Account("bob", 10)
        poor.withdraw(10)
        self.assertEqual(poor.balance, 0)

    def test_deposit(self):
        """Deposit."""
        self.account.deposit(5)
        self.assertEqual(self.account.balance, 105)
        with self.assertRaises(ValueError):
            self.account.deposit(0)

    def test_transfer(self):
        """Transfer."""
        other = Account("bob")
        self.account.transfer(other, 30)
        self.assertEqual((self.account.balance, other.balance), (70, 30))
        self.assertEqual(other.history, [("deposit", 30)])
