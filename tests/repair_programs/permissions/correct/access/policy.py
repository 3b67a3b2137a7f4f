"""Who may do what."""

ROLES = {"viewer": {"read"}, "editor": {"read", "write"}, "admin": {"read", "write", "delete"}}


class Policy:
    """Roles of users, and a list of the banned."""

    def __init__(self, roles, banned=()):
        self.roles = dict(roles)
        self.banned = set(banned)

    def allows(self, user, action):
        """Whether `user` may do `action`."""
        role = self.roles.get(user)
        if role is None or user in self.banned:
            return False
        return action in ROLES[role]

    def promote(self, user):
        """One role up; the highest stays."""
        order = list(ROLES)
        place = order.index(self.roles[user])
        self.roles[user] = order[min(place + 1, len(order) - 1)]
