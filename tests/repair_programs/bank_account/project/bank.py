"""Accounts that may be overdrawn up to a limit."""


class InsufficientFunds(Exception):
    """The account does not hold enough."""


class Account:
    """Money in whole cents."""

    def __init__(self, owner, balance=0, *, overdraft=0):
        self.owner = owner
        self.balance = balance
        self.overdraft = overdraft
        self.history = []

    def deposit(self, amount):
        """Add `amount`."""
        if amount <= 0:
            raise ValueError("a deposit is positive")
        self.balance += amount
        self.history.append(("deposit", amount))

    def withdraw(self, amount):
        """Take `amount`, down to the overdraft."""
        if self.balance - amount <= -self.overdraft:
            raise InsufficientFunds(self.owner)
        self.balance -= amount
        self.history.append(("withdraw", amount))

    def transfer(self, other, amount):
        """Move `amount` to another account."""
        self.withdraw(amount)
        other.deposit(amount)
