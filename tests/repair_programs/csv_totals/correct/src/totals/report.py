"""Totals by group."""

from totals.parsing import parse_amount


def total_by(rows, key, *, amount="amount", skip_empty=True):
    """Sum the column `amount` of the rows for each value of the column `key`."""
    totals = {}
    for row in rows:
        group = row[key]
        if skip_empty and not row[amount]:
            continue
        totals[group] = totals.get(group, 0) + parse_amount(row[amount])
    return totals


def largest(totals, count=3):
    """The groups with the largest totals, largest first."""
    ranked = sorted(totals.items(), key=lambda item: item[1], reverse=True)
    return [group for group, _ in ranked[:count]]
