"""How likely each operator is to be the right one, before any test has run.

The figures are costs in natural units: one more means about e times less likely. They are an
opinion, formed on the small bugs that people make (one token before one expression before one
statement), not fitted to any benchmark.
"""

PRIORS: dict[str, float] = {
    "compare_boundary": 1.0,
    "off_by_one": 1.2,
    "confused_function": 1.3,
    "missing_self": 1.3,
    "needless_self": 1.6,
    "swap_arguments": 1.6,
    "flip_bool": 1.6,
    "boolean": 1.6,
    "compare_opposite": 1.7,
    "other_variable": 1.8,
    "other_attribute": 1.8,
    "augmented": 1.8,
    "arithmetic": 1.8,
    "negate": 1.8,
    "plus_minus_one": 1.9,
    "shared_default": 1.9,
    "drop_operand": 2.1,
    "unwrap_call": 2.1,
    "swap_operands": 2.1,
    "swap_elements": 2.1,
    "swap_branches": 2.1,
    "reindent": 2.1,
    "compare_shift": 2.2,
    "keyword": 2.2,
    "compare_other": 2.3,
    "range_bounds": 2.3,
    "slice_bounds": 2.3,
    "missing_return": 2.3,
    "other_global": 2.4,
    "other_exception": 2.4,
    "drop_attribute": 2.6,
    "unwrap_index": 2.6,
    "wrap_call": 2.6,
    "wrap_method": 2.6,
    "sort_option": 2.6,
    "lookup_default": 2.6,
    "guard_before": 2.6,
    "move_statement": 2.6,
    "guard_after": 2.8,
    "condition": 2.8,
    "other_constant": 2.8,
    "other_float": 2.4,
    "drop_argument": 2.9,
    "slice": 2.9,
    "power": 3.0,
    "wrap_minmax": 3.0,
    "drop_condition": 3.0,
    "join_name": 3.1,
    "donor": 3.1,
    "collect": 3.2,
    "copy_statement": 3.2,
    "slice_by_name": 3.2,
    "guard_donor": 3.2,
    "limit": 3.4,
    "keep_result": 3.2,
    "return_constant": 3.2,
    "assign_not_call": 3.4,
    "base_case": 3.4,
    "leave_loop": 3.4,
    "other_text": 3.4,
    "assign_name": 3.6,
    "remove_statement": 3.6,
}

SUSPICION = 3.0
"""Cost of a line that no failing test singles out, against the most suspicious line."""
RAISED = 0.7
"""Bonus of a line through which the exception of a failing test passed last."""
NAME_LOST = 1.5
"""Cost of an edit after which a local name is set but no longer read: it hides what was meant."""
AT_IMPORT = 0.5
"""Cost of an edit outside functions: rarer, and a hundred times slower to try."""
NAME_FOUND = 1.2
"""Bonus of an edit that uses a local name which was set and never read, or never filled."""
CALL_LOST = 0.4
"""Cost of an edit that drops a call of one of the project's own functions."""
