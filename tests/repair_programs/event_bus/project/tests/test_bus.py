def test_everybody_hears(bus, heard):
    """Everybody hears."""
    bus.on("x", heard.append)
    bus.on("x", lambda value: heard.append(-value))
    assert bus.emit("x", 3) == 2
    assert heard == [3, -3]


def test_once_is_once(bus, heard):
    """Once is once."""
    bus.on("x", heard.append, once=True)
    bus.on("x", lambda value: heard.append(value + 100), once=True)
    bus.emit("x", 1)
    bus.emit("x", 2)
    assert heard == [1, 101]


def test_off(bus, heard):
    """Off."""
    bus.on("x", heard.append)
    bus.off("x")
    bus.off("y")
    assert bus.emit("x", 1) == 0
