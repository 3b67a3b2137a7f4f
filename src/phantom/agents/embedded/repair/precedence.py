"""When an expression needs parentheses in the place of another."""

import ast

ATOM = 17
_BINARY: dict[type[ast.operator], int] = {
    ast.BitOr: 7,
    ast.BitXor: 8,
    ast.BitAnd: 9,
    ast.LShift: 10,
    ast.RShift: 10,
    ast.Add: 11,
    ast.Sub: 11,
    ast.Mult: 12,
    ast.Div: 12,
    ast.FloorDiv: 12,
    ast.Mod: 12,
    ast.MatMult: 12,
    ast.Pow: 14,
}


def binding(node: ast.AST) -> int:  # noqa: PLR0911 - the grammar as a table
    """How tightly an expression binds, after the grammar: 0 a walrus or yield, 17 an atom."""
    match node:
        case ast.NamedExpr() | ast.Yield() | ast.YieldFrom():
            return 0
        case ast.Tuple() | ast.Starred():
            return 1  # the text of a tuple may come without its parentheses
        case ast.Lambda() | ast.IfExp():
            return 2
        case ast.BoolOp(op=op):
            return 3 if isinstance(op, ast.Or) else 4
        case ast.UnaryOp(op=op):
            return 5 if isinstance(op, ast.Not) else 13
        case ast.Compare():
            return 6
        case ast.BinOp(op=op):
            return _BINARY[type(op)]
        case ast.Await():
            return 15
        case ast.Constant(value=int() | float() | complex()):
            return 16  # 1.real does not parse
        case _:
            return ATOM


def demanded(parent: ast.AST, child: ast.AST) -> int:  # noqa: PLR0911 - a table
    """How tightly the expression in `child`'s place must bind to stand without parentheses."""
    match parent:
        case ast.BinOp(left=left, op=op):
            own, right_leaning = _BINARY[type(op)], isinstance(op, ast.Pow)
            return own + ((child is left) == right_leaning)
        case ast.BoolOp(op=op):
            return 4 if isinstance(op, ast.Or) else 5
        case ast.UnaryOp(op=op):
            return 5 if isinstance(op, ast.Not) else 13
        case ast.Compare():
            return 7
        case ast.Attribute():
            return ATOM
        case ast.Call(func=func) if child is func:
            return ATOM
        case ast.Subscript(value=value) if child is value:
            return 16
        case ast.IfExp(orelse=orelse):
            return 2 if child is orelse else 3
        case ast.comprehension() | ast.Starred() | ast.Await():
            return 7 if not isinstance(parent, ast.comprehension) else 3
        case ast.Return() | ast.Assign() | ast.Expr() | ast.For() | ast.AsyncFor():
            return 1
        case ast.Subscript():
            return 1
        case _:
            return 2
